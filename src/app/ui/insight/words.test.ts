import { expect, test } from 'vitest';
import { mapWords, matchWords, partsWords, patternWords, placeOf, similarityWords, stageOf } from './words.ts';

test('stages of a run', () => {
  expect([0, 1, 149, 150, 699, 700, 1000].map(step => stageOf(step, 1000))).toEqual(['untrained', 'early', 'early', 'middle', 'middle', 'late', 'late']);
});

test('places count from 1', () => {
  expect(placeOf(0, 8)).toBe('row 1, column 1');
  expect(placeOf(63, 8)).toBe('row 8, column 8');
});

test('what is measured is said, and what is suspicious', () => {
  expect(similarityWords('late', 0.95)).toMatch(/bad sign.*mean 0\.95/);
  expect(similarityWords('late', 0.2)).not.toMatch(/bad sign/);
  expect(partsWords('middle', [0.5, 0.2, 0.05])).toMatch(/75 % of all differences/);
  expect(partsWords('late', [0.9, 0.08, 0.01])).toMatch(/collapsed/);
  expect(matchWords('early', { shown: 40, right: 10, near: 24 }, 64)).toMatch(/Of 40 .* 10 .*\(25 %\) and 24 .* 1\.6 %/);
  expect(matchWords('early', null, 64)).not.toMatch(/Of/);
});

test('patterns: how many prototypes are used, and one that owns everything', () => {
  const of = (count: number) => ({ patterns: [{ prototype: 3, count, images: 9, spots: [] }], tokens: 1000, used: 60, prototypes: 1024, kind: 'patch' as const });
  expect(patternWords('middle', of(100))).toMatch(/60 of 1,024 prototypes own any of the patches, the largest 10\.0 %/);
  expect(patternWords('late', of(600))).toMatch(/more than half/);
  expect(patternWords('late', of(100))).not.toMatch(/more than half/);
});

test('a map: what its axes stand for, and how clusters agree with folders', () => {
  expect(mapWords('late', { layout: 'pca', explained: [0.4, 0.1] }, 0.83)).toMatch(/50 % of all differences.*83 % of the images/);
  expect(mapWords('early', { layout: 'umap', explained: null }, null)).toMatch(/means nothing\. Early in training colour and brightness still decide\.$/);
});
