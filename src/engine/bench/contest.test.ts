import { expect, test } from 'vitest';
import { entryDistance, relativeDistance } from './contest.ts';
import { productSizes } from './peer.ts';

test('losses are compared relative to their size; what is no number is infinitely far', () => {
  expect(relativeDistance([2, 1.01], [2, 1])).toBeCloseTo(0.01, 12);
  expect(relativeDistance([2, NaN], [2, 1])).toBe(Infinity);
});

test('products are compared relative to a typical entry', () => {
  expect(entryDistance(Float32Array.of(3, 4, 0, 0), Float32Array.of(3, 4, 0, 0))).toBe(0);
  expect(entryDistance(Float32Array.of(3, 4, 0, 1), Float32Array.of(3, 4, 0, 0))).toBeCloseTo(1 / 2.5, 12);
  expect(entryDistance(Float32Array.of(NaN, 1), Float32Array.of(1, 1))).toBe(Infinity);
  expect(entryDistance(Float32Array.of(1), Float32Array.of(1, 1))).toBe(Infinity);
});

test('operands and results of the three forms fit together', () => {
  const shape = { m: 5, n: 3, k: 2 };
  expect(productSizes('NT', shape)).toEqual({ a: [5, 2], b: [3, 2], out: [5, 3] });
  expect(productSizes('NN', shape)).toEqual({ a: [5, 3], b: [3, 2], out: [5, 2] });
  expect(productSizes('gradient', shape)).toEqual({ a: [5, 3], b: [5, 2], out: [3, 2] });
});
