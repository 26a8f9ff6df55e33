import { expect, test } from 'vitest';
import { attentionMass, patchCovariance, patchMatches, patchProject, patchSimilarity, thresholded } from './patches.ts';

test('the strongest patches that together hold 60 % are kept', () => {
  // Ascending 1 2 3 4 5 5 of 20: cumulated 0.05 0.15 0.3 0.5 0.75 1; kept above 0.4.
  const attention = [5, 1, 4, 5, 2, 3].map(v => v / 40);
  const want = [0.75, 0.05, 0.5, 1, 0.15, 0.3];
  attentionMass(attention).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 12));
  expect(thresholded(attention, 0.6)).toEqual([true, false, true, true, false, false]);
  expect(thresholded(attention, 1)).toEqual(new Array(6).fill(true));
  expect([...attentionMass([0, 0])]).toEqual([0, 0]);
});

// Two sequences of a class token and two patches, two channels.
const tokens = [9, 9, 1, 0, 0, 2, 7, 7, 3, 3, -4, 0];

test('likeness is the cosine, class tokens left out', () => {
  const want = [1, 0, Math.SQRT1_2, -1];
  patchSimilarity(tokens, 2, 3, 2, 1).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 12));
  expect([...patchSimilarity([0, 0, 0, 0, 1, 1], 1, 3, 2, 1)]).toEqual([0, 0]);
});

test('a match is the largest dot product', () => {
  expect(patchMatches(tokens, 3, 2, 0, 1).map(m => m.patch)).toEqual([0, 0]);
  expect(patchMatches(tokens, 3, 2, 1, 0).map(m => m.patch)).toEqual([1, 1]);
  expect(patchMatches(tokens, 3, 2, 0, 1)[0]!.cosine).toBeCloseTo(Math.SQRT1_2, 12);
});

test('covariance and projection with weights', () => {
  const { mean, covariance } = patchCovariance(tokens, 2, 3, 2, [0.5, 0.5, 0, 0]);
  expect([...mean]).toEqual([0.5, 1]);
  expect([...covariance]).toEqual([0.25, -0.5, -0.5, 1]);
  expect([...patchProject(tokens, 2, 3, 2, mean, [1, 0, 0, 1, 1, 1])]).toEqual([0.5, -1, -0.5, -0.5, 1, 0.5, 2.5, 2, 4.5, -4.5, -1, -5.5]);
});
