import { expect, test } from 'vitest';
import { knnAccuracy } from './knn.ts';

test('two nearer neighbours outvote one nearest where their weights say so', () => {
  // Angles from the query: class 0 at 10 degrees, class 1 at 12 and 13 degrees, class 0 far away.
  const at = (degrees: number) => [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  const bank = Float32Array.from([10, 12, 13, 170].flatMap(at));
  expect(knnAccuracy(bank, [0, 1, 1, 0], Float32Array.from(at(0)), [1], 2, 3)).toBe(100);
  expect(knnAccuracy(bank, [0, 1, 1, 0], Float32Array.from(at(0)), [1], 2, 1)).toBe(0);
});

test('length does not matter, direction does', () => {
  const bank = Float32Array.from([100, 0, 0, 0.01]);
  expect(knnAccuracy(bank, [0, 1], Float32Array.from([0.001, 0, 0, 500]), [0, 1], 2, 1)).toBe(100);
});

test('a bank smaller than k is used whole', () => {
  expect(knnAccuracy(Float32Array.from([1, 0]), [2], Float32Array.from([0, 1]), [2], 2)).toBe(100);
});
