import { expect, test } from 'vitest';
import { wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { meanSquaredError } from './mse.ts';

const [N, C] = [3, 5];
const [y, target] = [wave(N * C, 1), wave(N * C, 2)];
const total = (v: ArrayLike<number>) => meanSquaredError(v, target, N, C).losses.reduce((a, b) => a + b, 0);

test('is the mean over all entries, row by row', () => {
  expect([...meanSquaredError([1, 2, 3, 4], [0, 2, 3, 6], 2, 2).losses]).toEqual([0.25, 1]);
});

test('has the gradient of central differences', () => {
  checkGradient(total, y, meanSquaredError(y, target, N, C).dy);
});
