import { expect, test } from 'vitest';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { residualBackward, residualForward } from './residual.ts';

const [N, C] = [3, 4];
const x = wave(N * C, 1);
const branch = wave(N * C, 2);
const gamma = wave(C, 3);
const dy = wave(N * C, 4);
const drop = [1.25, 0, 1.25];

test('scales by channel and by row', () => {
  expect([...residualForward([1, 1, 1, 1], [1, 2, 3, 4], [10, 100], [0, 2], 2, 2)]).toEqual([1, 1, 61, 801]);
  expect([...residualForward([1, 1, 1, 1], [1, 2, 3, 4], null, null, 2, 2)]).toEqual([2, 3, 4, 5]);
});

test.each([
  { name: 'both', gamma, drop },
  { name: 'LayerScale alone', gamma, drop: null },
  { name: 'stochastic depth alone', gamma: null, drop },
  { name: 'neither', gamma: null, drop: null },
])('has the gradients of central differences: $name', ({ gamma, drop }) => {
  const { dbranch, dgamma } = residualBackward(dy, branch, gamma, drop, N, C);
  checkGradient(v => dot(residualForward(v, branch, gamma, drop, N, C), dy), x, dy, { label: 'dx' });
  checkGradient(v => dot(residualForward(x, v, gamma, drop, N, C), dy), branch, dbranch, { label: 'dbranch' });
  if (gamma) checkGradient(v => dot(residualForward(x, branch, v, drop, N, C), dy), gamma, dgamma!, { label: 'dgamma' });
  else expect(dgamma).toBeNull();
});

test('a dropped row gets no gradient', () => {
  const { dbranch } = residualBackward(dy, branch, gamma, drop, N, C);
  expect(dbranch.subarray(C, 2 * C).every(d => d === 0)).toBe(true);
});
