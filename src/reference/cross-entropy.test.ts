import { describe, expect, test } from 'vitest';
import { relativeError } from '#testing/golden/relative-error.ts';
import { wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { centerUpdate, crossEntropy, dinoPairs, ibotPairs, meanEntropy, teacherSoftmax } from './cross-entropy.ts';

/** Sum over the rows of z (N, K). */
function columnSums(z: ArrayLike<number>, K: number) {
  const sums = new Float64Array(K);
  for (let i = 0; i < z.length; i++) sums[i % K]! += z[i]!;
  return sums;
}

/** One (B, K) array per view -> rows image-major, views inside (B * views, K). */
function imageMajor(views: Float64Array[], B: number, K: number) {
  return Float64Array.from({ length: views.length * B * K }, (_, i) => {
    const row = Math.floor(i / K);
    const [image, view] = [Math.floor(row / views.length), row % views.length];
    return views[view]![image * K + i % K]!;
  });
}

// The numbers in the next two blocks are those of the lightly losses on sine waves, printed to 8 digits.
describe('class-token loss', () => {
  const [B, V, K] = [3, 3, 8];
  const teacher = imageMajor([10, 11].map(s => wave(B * K, s)), B, K);
  const student = imageMajor([20, 21, 22, 23, 24].map(s => wave(B * K, s)), B, K);
  const loss = (center: ArrayLike<number>, temp: number, z: ArrayLike<number> = student) =>
    crossEntropy(z, teacherSoftmax(teacher, center, temp, 2 * B, K), dinoPairs(B, V), 0.1, K);

  test('agrees with DINOLoss over two calls', () => {
    const center = new Float64Array(K);
    const first = loss(center, 0.04);
    expect(first.loss).toBeCloseTo(6.7797637, 6);
    const row = [0.15735014, 0.25481766, 0.00449143, 1.386e-6, -0.23115569, -0.18550411, -2.4998e-6, 1.6995e-6];
    expect(relativeError(first.dlogits.subarray(0, K), row)).toBeLessThan(1e-6);
    const next = centerUpdate(center, columnSums(teacher, K), 2 * B, 0.9);
    const expected = [-0.02851308, -0.06623702, -0.07280865, -0.04513724, 0.00376292, 0.05089333, 0.07408781, 0.06243762];
    expect(relativeError(next, expected)).toBeLessThan(1e-6);
    expect(loss(next, 0.07).loss).toBeCloseTo(6.8257728, 6);
  });

  test('has the gradient of central differences', () => {
    const center = wave(K, 5, 0.1);
    checkGradient(z => loss(center, 0.07, z).loss, student, loss(center, 0.07).dlogits);
  });

  test('pairs each student view with each teacher view but itself, weights summing to 1', () => {
    for (const [images, locals] of [[1, 0], [2, 1], [3, 5]] as const) {
      const pairs = dinoPairs(images, locals);
      expect(pairs).toHaveLength(images * (2 + locals));
      expect(pairs.flat().reduce((sum, t) => sum + t.weight, 0)).toBeCloseTo(1, 13);
    }
    const rows = dinoPairs(2, 1).map(list => list.map(t => t.row));
    expect(rows).toEqual([[1], [0], [0, 1], [3], [2], [2, 3]]);
  });
});

describe('patch loss', () => {
  const [N, K] = [9, 8];
  const teacher = wave(N * K, 30);
  const student = wave(N * K, 40);
  const counts = [2, 1, 0, 6];

  test('agrees with IBOTPatchLoss over two calls', () => {
    const center = new Float64Array(K);
    const first = crossEntropy(student, teacherSoftmax(teacher, center, 0.05, N, K), ibotPairs(counts), 0.1, K);
    expect(first.loss).toBeCloseTo(13.808895, 5);
    const row = [0.47325751, 0.0011173, 1.36e-6, -0.00101474, -1.12767124, -0.12130778, 0.00237944, 0.773238];
    expect(relativeError(first.dlogits.subarray(0, K), row)).toBeLessThan(1e-6);
    const next = centerUpdate(center, columnSums(teacher, K), N, 0.9);
    expect(crossEntropy(student, teacherSoftmax(teacher, next, 0.05, N, K), ibotPairs(counts), 0.1, K).loss).toBeCloseTo(13.812451, 5);
  });

  test("agrees with lightly's own test of three images", () => {
    const z = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const p = teacherSoftmax(z, [0, 0], 0.1, 3, 2);
    expect(crossEntropy([0.7, 0.8, 0.9, 1, 1.1, 1.2], p, ibotPairs([2, 1, 0]), 0.2, 2).loss).toBeCloseTo(0.4057, 4);
    expect(relativeError(centerUpdate([0, 0], columnSums(z, 2), 3, 0.9), [0.03, 0.04])).toBeLessThan(1e-14);
  });

  test('has the gradient of central differences', () => {
    const p = teacherSoftmax(teacher, wave(K, 5, 0.1), 0.05, N, K);
    const of = (z: ArrayLike<number>) => crossEntropy(z, p, ibotPairs(counts), 0.1, K);
    checkGradient(z => of(z).loss, student, of(student).dlogits);
  });

  test('of a batch without masks is 0 and leaves the center alone', () => {
    expect(ibotPairs([0, 0])).toEqual([]);
    expect(crossEntropy([], [], [], 0.1, K).loss).toBe(0);
    const center = wave(K, 1);
    expect(centerUpdate(center, new Float64Array(K), 0, 0.9)).toEqual(center);
  });
});

describe('teacher softmax and entropy', () => {
  test('rows sum to 1, at logits that overflow exp as well', () => {
    const p = teacherSoftmax([1000, 0, -1000, 5, 5, 5], [0, 0, 0], 0.01, 2, 3);
    expect([...p]).toEqual([1, 0, 0, 1 / 3, 1 / 3, 1 / 3]);
  });

  test('entropy runs from 0 for a certain row to ln K for a uniform one', () => {
    expect(meanEntropy([1, 0, 0, 0], 1, 4)).toBe(0);
    expect(meanEntropy([0.25, 0.25, 0.25, 0.25], 1, 4)).toBeCloseTo(Math.log(4), 14);
    expect(meanEntropy([1, 0, 0.5, 0.5], 2, 2)).toBeCloseTo(Math.log(2) / 2, 14);
  });
});
