import { expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { layernormBackward, layernormForward } from './layernorm.ts';

const [N, C] = [4, 6];
const x = wave(N * C, 1, 2);
const weight = wave(C, 2);
const bias = wave(C, 3);
const dy = wave(N * C, 4);

test('agrees with PyTorch, forward and backward', () => {
  const { y, mean, rstd } = layernormForward(x, weight, bias, N, C);
  const { dx, dweight, dbias } = layernormBackward(dy, x, weight, mean, rstd, N, C);
  const golden = goldens.layernorm;
  expect(relativeError(y, golden.y)).toBeLessThan(1e-13);
  expect(relativeError(dx, golden.dx)).toBeLessThan(1e-13);
  expect(relativeError(dweight, golden.dweight)).toBeLessThan(1e-13);
  expect(relativeError(dbias, golden.dbias)).toBeLessThan(1e-13);
});

test('keeps its accuracy far from 0: the mean goes before the squares', () => {
  const { y } = layernormForward(x.map(v => v + 1e6), weight, bias, N, C);
  expect(relativeError(y, goldens.layernorm.y)).toBeLessThan(1e-8);
});

test('gives the bias for a constant row', () => {
  const { y } = layernormForward([3, 3, 3], [1, 2, 3], [4, 5, 6], 1, 3);
  expect([...y]).toEqual([4, 5, 6]);
});

test('has the gradients of central differences, for a large eps as well', () => {
  for (const eps of [1e-6, 0.1]) {
    const { mean, rstd } = layernormForward(x, weight, bias, N, C, eps);
    const { dx, dweight, dbias } = layernormBackward(dy, x, weight, mean, rstd, N, C);
    checkGradient(v => dot(layernormForward(v, weight, bias, N, C, eps).y, dy), x, dx, { label: 'dx' });
    checkGradient(v => dot(layernormForward(x, v, bias, N, C, eps).y, dy), weight, dweight, { label: 'dweight' });
    checkGradient(v => dot(layernormForward(x, weight, v, N, C, eps).y, dy), bias, dbias, { label: 'dbias' });
  }
});
