import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { jacobi, largestEigen } from './eigen.ts';

/** x^T x of random rows, some directions much stronger than others. */
function covariance(n: number, rows: number, decay: number, seed: number): Float64Array {
  const rng = new Rng(seed);
  const out = new Float64Array(n * n);
  for (let r = 0; r < rows; r++) {
    const x = Array.from({ length: n }, (_, i) => rng.normal() * decay ** i);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j]! += x[i]! * x[j]! / rows;
  }
  return out;
}

const apply = (m: Float64Array, n: number, x: Float64Array) => Float64Array.from(x, (_, r) => x.reduce((s, v, c) => s + m[r * n + c]! * v, 0));
const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, v, i) => s + v * b[i]!, 0);

test('Jacobi finds what can be worked out by hand', () => {
  const { values, vectors } = jacobi([2, 1, 0, 1, 2, 0, 0, 0, 5], 3);
  [5, 3, 1].forEach((v, i) => expect(values[i]).toBeCloseTo(v, 12));
  expect(Math.abs(vectors[0]![2]!)).toBeCloseTo(1, 12);
  expect(Math.abs(vectors[1]![0]! + vectors[1]![1]!)).toBeCloseTo(Math.SQRT2, 12);
});

test.each([[1, 5], [7, 3], [24, 100]])('Jacobi on %i x %i: A v = value v, orthonormal, the trace kept', (n, rows) => {
  const m = covariance(n, rows, 0.9, n);
  const { values, vectors } = jacobi(m, n);
  vectors.forEach((v, i) => {
    apply(m, n, v).forEach((x, r) => expect(x).toBeCloseTo(values[i]! * v[r]!, 10));
    vectors.forEach((w, j) => expect(dot(v, w)).toBeCloseTo(i === j ? 1 : 0, 10));
  });
  const trace = Array.from({ length: n }, (_, i) => m[i * n + i]!).reduce((s, v) => s + v, 0);
  expect(values.reduce((s, v) => s + v, 0)).toBeCloseTo(trace, 10);
});

test.each([[1, 1], [2, 1], [6, 0.5], [40, 0.9], [96, 0.98]])('the largest three of %i, decay %f, are those of Jacobi', (n, decay) => {
  const m = covariance(n, 3 * n, decay, 5);
  const all = jacobi(m, n);
  const some = largestEigen(m, n, 3);
  expect(some.values).toHaveLength(Math.min(3, n));
  some.values.forEach((v, i) => {
    expect(v / all.values[i]!).toBeCloseTo(1, 6);
    expect(Math.abs(dot(some.vectors[i]!, all.vectors[i]!))).toBeCloseTo(1, 3);
  });
});

test('rows may be padded, and a start with the answer ends at once with it', () => {
  const m = covariance(5, 9, 0.7, 1);
  const wide = new Float64Array(5 * 8).fill(NaN);
  for (let r = 0; r < 5; r++) wide.set(m.subarray(r * 5, r * 5 + 5), r * 8);
  const once = largestEigen(m, 5, 3);
  const again = largestEigen(wide, 5, 3, once.vectors, 8);
  again.vectors.forEach((v, i) => expect(Math.abs(dot(v, once.vectors[i]!))).toBeCloseTo(1, 9));
});

test('a matrix of lower rank, and of nothing, has directions all the same', () => {
  const flat = largestEigen(new Float64Array(36), 6, 3);
  expect([...flat.values]).toEqual([0, 0, 0]);
  flat.vectors.forEach((v, i) => flat.vectors.forEach((w, j) => expect(dot(v, w)).toBeCloseTo(i === j ? 1 : 0, 9)));
  const line = largestEigen(Float64Array.from({ length: 400 }, (_, i) => (1 + Math.floor(i / 20)) * (1 + i % 20)), 20, 3);
  expect(line.values[0]).toBeCloseTo(2870, 6);
  expect(Math.abs(line.values[1]!)).toBeLessThan(1e-6);
});

test('numbers that are not finite are refused', () => {
  expect(() => largestEigen(new Float64Array(100).fill(NaN), 10, 3)).toThrow(/not finite/);
});
