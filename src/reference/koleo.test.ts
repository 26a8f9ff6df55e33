import { expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { koleo } from './koleo.ts';

test('agrees with PyTorch on sine waves, forward and backward', () => {
  const { loss, dx } = koleo(wave(24, 50), 4, 6);
  expect(loss).toBeCloseTo(1.3250359, 6);
  expect(relativeError([loss], goldens.koleo.y)).toBeLessThan(1e-13);
  expect(relativeError(dx, goldens.koleo.dx)).toBeLessThan(1e-12);
});

test.each([
  { rows: [[1]], loss: 17.7275 },
  { rows: [[0, 1], [0, -1]], loss: -Math.LN2 },
  { rows: [[0, 1], [1, 0]], loss: -Math.LN2 / 2 },
  { rows: [[0, 1], [1, 0], [1, 1], [-1, 0], [0, -1], [-1, -1]], loss: 0.2674 },
])("agrees with lightly's own case of $rows", ({ rows, loss }) => {
  expect(koleo(rows.flat(), rows.length, rows[0]!.length).loss).toBeCloseTo(loss, 4);
});

test('has the gradient of central differences', () => {
  const x = wave(24, 50);
  checkGradient(v => koleo(v, 4, 6).loss, x, koleo(x, 4, 6).dx);
});

test('finds the nearest other sample by angle, whatever the lengths', () => {
  expect([...koleo([1, 0, 10, 1, 0, 2, -1, 5], 4, 2).nearest]).toEqual([1, 0, 3, 2]);
});
