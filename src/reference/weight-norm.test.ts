import { expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { weightNormBackward, weightNormForward } from './weight-norm.ts';

const [K, D] = [4, 3];
const v = wave(K * D, 1, 2);
const g = wave(K, 2);
const dW = wave(K * D, 3);

test('agrees with PyTorch, forward and backward', () => {
  const { W, norm } = weightNormForward(v, g, K, D);
  const { dg, dv } = weightNormBackward(dW, v, g, norm, K, D);
  expect(relativeError(W, goldens.weightNorm.y)).toBeLessThan(1e-14);
  expect(relativeError(dg, goldens.weightNorm.dg)).toBeLessThan(1e-14);
  expect(relativeError(dv, goldens.weightNorm.dv)).toBeLessThan(1e-14);
});

test('has the gradients of central differences', () => {
  const { norm } = weightNormForward(v, g, K, D);
  const { dg, dv } = weightNormBackward(dW, v, g, norm, K, D);
  checkGradient(w => dot(weightNormForward(w, g, K, D).W, dW), v, dv, { label: 'dv' });
  checkGradient(w => dot(weightNormForward(v, w, K, D).W, dW), g, dg, { label: 'dg' });
});

test('each row has the length of its g', () => {
  expect([...weightNormForward([3, 4, 5, 12], [10, -26], 2, 2).W]).toEqual([6, 8, -10, -24]);
});
