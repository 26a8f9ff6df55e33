import { expect, test } from 'vitest';
import { steady, subjectSign } from './steady.ts';

test('two directions that changed places and signs are put back', () => {
  const before = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const now = [[0.1, -0.99, 0], [0.98, 0.1, 0.1], [0, 0.1, -0.99]];
  expect(steady(before, now)).toEqual([{ from: 1, sign: 1 }, { from: 0, sign: -1 }, { from: 2, sign: -1 }]);
});

test('the order as a whole decides, not the first best pair', () => {
  // Taking 0 for the first (0.8) would leave 0.1 for the second; the other way round gives 0.7 + 0.75.
  expect(steady([[0.8, 0.7], [0.75, 0.1]], [[1, 0], [0, 1]]).map(s => s.from)).toEqual([1, 0]);
});

test('what was steady stays', () => {
  expect(steady([[1, 0], [0, 1]], [[1, 0], [0, 1]])).toEqual([{ from: 0, sign: 1 }, { from: 1, sign: 1 }]);
});

test('the subject is the side that has less of the edges', () => {
  const centre = Array.from({ length: 32 }, (_, n) => [5, 6, 9, 10].includes(n % 16) ? 1 : -0.3);
  expect(subjectSign(centre, 4)).toBe(1);
  expect(subjectSign(centre.map(v => -v), 4)).toBe(-1);
  expect(subjectSign([1, 2, 3, 4], 2)).toBe(1);
});
