import { expect, test } from 'vitest';
import { relativeError } from './relative-error.ts';

test('measures against the largest expected entry', () => {
  expect(relativeError([1, 10.1], [1, 10])).toBeCloseTo(0.01, 12);
  expect(relativeError([0, 0], [0, 0])).toBe(0);
});

test('is infinite where numbers cannot be compared', () => {
  expect(relativeError([1, NaN], [1, 2])).toBe(Infinity);
  expect(relativeError([1], [1, 2])).toBe(Infinity);
  expect(relativeError([1], [0])).toBe(Infinity);
});
