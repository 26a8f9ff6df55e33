import { expect, test } from 'vitest';
import { gaps, smooth } from './smooth.ts';

test('a constant stays the constant from the first value on', () => {
  for (const v of smooth([7, 7, 7, 7], 0.9)) expect(v).toBeCloseTo(7, 12);
});

test('weight 0 changes nothing; weight 0.5 of 0, 1 is 2/3 once debiased', () => {
  expect(smooth([3, 1, 2], 0)).toEqual([3, 1, 2]);
  expect(smooth([0, 1], 0.5)[1]).toBeCloseTo(2 / 3, 12);
});

test('what is not finite is a gap, and the curve goes on behind it as if it had not been', () => {
  expect(smooth([4, NaN, Infinity, 4], 0.6)).toEqual([4, null, null, 4]);
  expect(gaps(Float64Array.of(1, NaN, -Infinity, 2))).toEqual([1, null, null, 2]);
});
