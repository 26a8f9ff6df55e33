import { expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { erf, gelu, geluBackward, geluDerivative, geluForward } from './gelu.ts';

test('erf agrees with the C library to 2e-15, relatively, also near 0', () => {
  goldens.erf.x.forEach((x, i) => {
    const expected = goldens.erf.y[i]!;
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(2e-15 * Math.abs(expected));
  });
  expect(erf(Infinity)).toBe(1);
  expect(erf(-100)).toBe(-1);
});

test('gelu and its derivative agree with PyTorch', () => {
  expect(relativeError(goldens.gelu.x.map(gelu), goldens.gelu.y)).toBeLessThan(1e-15);
  expect(relativeError(goldens.gelu.x.map(geluDerivative), goldens.gelu.dinput)).toBeLessThan(1e-15);
});

test('has the gradient of central differences', () => {
  const x = wave(20, 1, 3);
  const dy = wave(20, 2);
  checkGradient(v => dot(geluForward(v), dy), x, geluBackward(dy, x));
});
