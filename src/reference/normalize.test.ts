import { expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { normalizeBackward, normalizeForward } from './normalize.ts';

const [N, C] = [3, 5];
const x = wave(N * C, 1, 3);
const dy = wave(N * C, 2);

test('agrees with PyTorch, forward and backward', () => {
  const { y, norm } = normalizeForward(x, N, C);
  expect(relativeError(y, goldens.normalize.y)).toBeLessThan(1e-14);
  expect(relativeError(normalizeBackward(dy, y, norm, N, C), goldens.normalize.dx)).toBeLessThan(1e-14);
});

test('has the gradient of central differences, also where eps is larger than the row', () => {
  for (const eps of [1e-12, 100]) {
    const { y, norm } = normalizeForward(x, N, C, eps);
    checkGradient(v => dot(normalizeForward(v, N, C, eps).y, dy), x, normalizeBackward(dy, y, norm, N, C, eps));
  }
});

test('a row of zeros stays zero', () => {
  const { y, norm } = normalizeForward([0, 0, 3, 4], 2, 2);
  expect([...y]).toEqual([0, 0, 0.6, 0.8]);
  expect(norm[0]).toBe(1e-12);
});
