import { expect, test } from 'vitest';
import { matchWords, partsWords, placeOf, similarityWords, stageOf } from './words.ts';

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
