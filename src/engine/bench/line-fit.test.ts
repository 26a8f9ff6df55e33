import { expect, test } from 'vitest';
import { lineFit } from './line-fit.ts';

test('finds the line that points lie on', () => {
  const { intercept, slope, residual } = lineFit([1, 2, 4, 8], [5, 7, 11, 19]);
  expect(intercept).toBeCloseTo(3, 12);
  expect(slope).toBeCloseTo(2, 12);
  expect(residual).toBeLessThan(1e-12);
});

test('says how far the farthest point is, of the largest value', () => {
  // The line through 0, 0, 0 and 4 at 0, 1, 2, 3 is -0.8 + 1.2 x: 1.6 away at 2.
  expect(lineFit([0, 1, 2, 3], [0, 0, 0, 4]).residual).toBeCloseTo(1.6 / 4, 12);
});
