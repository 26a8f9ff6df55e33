/** Eigenvectors of symmetric matrices: all of a small one, the first few of a large one. */
import { Rng } from '#lib/rng.ts';

/** Sweeps after which rotations have long stopped changing anything in double precision. */
const MOST_SWEEPS = 60;
/** Directions iterated beside those asked for: the more, the faster these settle. */
const SPARE = 5;
const MOST_TURNS = 300;
/** How much the sum of the eigenvalues asked for may still move, as a share of it, for them to count as settled. */
const SETTLED = 1e-9;

export interface Eigen {
  /** Largest first. */
  values: Float64Array;
  /** One row each, of length 1. */
  vectors: Float64Array[];
}

/** Jacobi's rotations on a symmetric n x n matrix. */
export function jacobi(matrix: ArrayLike<number>, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const size = a.reduce((s, x) => s + x * x, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += 2 * a[i * n + j]! ** 2;
    if (off <= 1e-30 * size) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  return {
    values: Float64Array.from(order, i => a[i * n + i]!),
    vectors: order.map(i => Float64Array.from({ length: n }, (_, r) => v[r * n + i]!)),
  };
}

/** Makes a[p, q] nothing by turning rows and columns p and q. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i]!, m[j]!];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q);
}

/**
 * The `count` largest eigenvalues of a symmetric, positive semidefinite matrix (n rows of `stride` words) by iterating a
 * subspace; `start` are directions to begin with, such as those of a similar matrix. Fewer where n is smaller.
 * Throws RangeError where the matrix holds numbers that are not finite.
 */
export function largestEigen(matrix: ArrayLike<number>, n: number, count: number, start: readonly ArrayLike<number>[] = [], stride = n): Eigen {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * stride + i]!;
  if (!Number.isFinite(trace)) throw new RangeError('The covariance holds numbers that are not finite, so it has no principal directions.');
  const wanted = Math.min(count, n);
  const width = Math.min(n, wanted + SPARE);
  const rng = new Rng(1);
  let basis = orthonormal(Array.from({ length: width }, (_, k) => Float64Array.from({ length: n }, (_, i) => start[k]?.[i] ?? rng.normal())), rng);
  let last = -Infinity;
  for (let turn = 0; ; turn++) {
    const image = basis.map(b => times(matrix, n, stride, b));
    // The best directions within the subspace are the eigenvectors of the small matrix that it sees (Rayleigh and Ritz).
    const small = new Float64Array(width * width);
    for (let i = 0; i < width; i++) for (let j = 0; j <= i; j++) small[i * width + j] = small[j * width + i] = (dot(basis[i]!, image[j]!) + dot(basis[j]!, image[i]!)) / 2;
    const { values, vectors } = jacobi(small, width);
    const mix = (rows: Float64Array[]) => vectors.map(w => combine(rows, w));
    const sum = values.subarray(0, wanted).reduce((s, x) => s + x, 0);
    if (turn >= MOST_TURNS || width === n || Math.abs(sum - last) <= SETTLED * Math.abs(sum)) return { values: values.slice(0, wanted), vectors: mix(basis).slice(0, wanted) };
    last = sum;
    basis = orthonormal(mix(image), rng);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
}

function times(matrix: ArrayLike<number>, n: number, stride: number, x: Float64Array): Float64Array {
  const out = new Float64Array(n);
  for (let r = 0; r < n; r++) {
    let s = 0;
    for (let c = 0; c < n; c++) s += matrix[r * stride + c]! * x[c]!;
    out[r] = s;
  }
  return out;
}

function combine(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const out = new Float64Array(rows[0]!.length);
  rows.forEach((row, k) => { for (let i = 0; i < out.length; i++) out[i]! += weights[k]! * row[i]!; });
  return out;
}

/** Gram and Schmidt, twice for what rounding leaves; a row that adds nothing is replaced by chance. */
function orthonormal(rows: Float64Array[], rng: Rng): Float64Array[] {
  const done: Float64Array[] = [];
  for (let row of rows) {
    for (;;) {
      const before = Math.sqrt(dot(row, row));
      for (let again = 0; again < 2; again++) for (const d of done) {
        const s = dot(row, d);
        for (let i = 0; i < row.length; i++) row[i]! -= s * d[i]!;
      }
      const length = Math.sqrt(dot(row, row));
      if (length > 1e-12 * before && length > 0) {
        done.push(row.map(x => x / length));
        break;
      }
      row = Float64Array.from(row, () => rng.normal());
    }
  }
  return done;
}
