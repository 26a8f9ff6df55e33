import { expect, test } from 'vitest';
import { gaps, rowOf, smooth } from './smooth.ts';

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

test('of a long curve every few values get a point, the newest among them; no peak is lost', () => {
  const values = Array.from({ length: 1003 }, (_, i) => (i === 500 ? 99 : i === 711 ? -99 : i % 7));
  const stride = 5;
  expect([rowOf(0, 1003, stride), rowOf(200, 1003, stride)]).toEqual([4, 1002]);
  const raw = gaps(values, stride);
  const smoothed = smooth(values, 0.9, stride);
  expect([raw.length, smoothed.length]).toEqual([201, 201]);
  const all = smooth(values, 0.9);
  expect(smoothed).toEqual(smoothed.map((_, point) => all[rowOf(point, 1003, stride)]));
  expect([raw[100], raw[142]]).toEqual([99, -99]);
  expect(gaps([NaN, NaN, 1, NaN, 5], 2)).toEqual([null, 1, 5]);
});
