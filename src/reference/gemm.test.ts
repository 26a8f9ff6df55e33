import { describe, expect, test } from 'vitest';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { gemmNN, gemmNT, gemmTN, linearBackward, linearForward } from './gemm.ts';

// [[1,2,3],[4,5,6]] times [[1,0],[2,1],[0,3]] = [[5,11],[14,23]], in each layout.
const PRODUCT = [5, 11, 14, 23];

function transpose(a: ArrayLike<number>, rows: number, columns: number) {
  return Float64Array.from({ length: rows * columns }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)]!);
}

describe('gemm', () => {
  const a = [1, 2, 3, 4, 5, 6];
  const b = [1, 0, 2, 1, 0, 3];

  test('gives a product worked out by hand in every layout', () => {
    expect([...gemmNN(a, b, 2, 2, 3)]).toEqual(PRODUCT);
    expect([...gemmNT(a, [1, 2, 0, 0, 1, 3], 2, 2, 3)]).toEqual(PRODUCT);
    expect([...gemmTN([1, 4, 2, 5, 3, 6], b, 2, 2, 3)]).toEqual(PRODUCT);
  });

  test('agrees between layouts on a shape whose sides all differ', () => {
    const [M, N, K] = [3, 5, 4];
    const x = wave(M * K, 1);
    const y = wave(K * N, 2);
    const expected = gemmNN(x, y, M, N, K);
    const near = (got: Float64Array) => got.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12));
    near(gemmNT(x, transpose(y, K, N), M, N, K));
    near(gemmTN(transpose(x, M, K), y, M, N, K));
  });
});

describe('linear', () => {
  const [N, I, O] = [3, 4, 5];
  const x = wave(N * I, 1);
  const w = wave(O * I, 2);
  const bias = wave(O, 3);
  const dy = wave(N * O, 4);

  test('adds the bias to each row', () => {
    expect([...linearForward([1, 2, 3, 4], [1, 1, 0, 2], [10, 20], 2, 2, 2)]).toEqual([13, 24, 17, 28]);
    expect([...linearForward([1, 2, 3, 4], [1, 1, 0, 2], null, 2, 2, 2)]).toEqual([3, 4, 7, 8]);
  });

  test('has the gradients of central differences', () => {
    const { dx, dw, dbias } = linearBackward(dy, x, w, N, I, O);
    checkGradient(v => dot(linearForward(v, w, bias, N, I, O), dy), x, dx, { label: 'dx' });
    checkGradient(v => dot(linearForward(x, v, bias, N, I, O), dy), w, dw, { label: 'dw' });
    checkGradient(v => dot(linearForward(x, w, v, N, I, O), dy), bias, dbias, { label: 'dbias' });
  });
});
