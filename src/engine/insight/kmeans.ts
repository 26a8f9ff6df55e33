/** k-means by Lloyd's turns from a k-means++ start, the best of a few. */
import type { Rng } from '#lib/rng.ts';
import { inPiece, type Pieces } from './pieces.ts';
import { countOf, dots, halfSquares, type Rows } from './rows.ts';

const RESTARTS = 3;
/** With more clusters than this one start comes out as well as another. */
const MANY = 100;
const MOST_TURNS = 30;
/** A turn that lowers the inertia by less than this share of it is the last. */
const SETTLED = 1e-4;

export interface Clusters {
  /** (rows): the nearest center of each. */
  cluster: Int32Array;
  /** (clusters, width). */
  centers: Rows;
  /** Sum of the squared distances to the nearest centers. */
  inertia: number;
}

/** `rows` in `k` clusters, or as many as there are rows. */
export function* kmeans(rows: Rows, k: number, rng: Rng, restarts = k > MANY ? 1 : RESTARTS): Pieces<Clusters> {
  let best: Clusters | null = null;
  for (let start = 0; start < restarts; start++) {
    const found = yield* lloyd(rows, yield* plusPlus(rows, Math.min(k, countOf(rows)), rng));
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best!;
}

/** Rows drawn one after the other, each by its squared distance to the nearest of those before. */
export function* plusPlus(rows: Rows, k: number, rng: Rng): Pieces<Rows> {
  const { values, width } = rows;
  const n = countOf(rows);
  const centers: Rows = { values: new Float32Array(k * width), width };
  const squares = halfSquares(rows);
  const distances = new Float64Array(n).fill(Infinity);
  const products = new Float64Array(n);
  let chosen = rng.int(0, n - 1);
  for (let at = 0; ; at++) {
    centers.values.set(values.subarray(chosen * width, (chosen + 1) * width), at * width);
    if (at === k - 1) return centers;
    dots(rows, values, chosen * width, products);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += distances[i] = Math.min(distances[i]!, Math.max(0, 2 * (squares[i]! + squares[chosen]! - products[i]!)));
    let left = sum * rng.next();
    // Where all that is left lies on a center, any row will do.
    chosen = sum > 0 ? distances.findIndex(d => d > 0 && (left -= d) <= 0) : rng.int(0, n - 1);
    if (chosen < 0) chosen = distances.findLastIndex(d => d > 0);
    yield;
  }
}

/** Turns until hardly anything changes. */
export function* lloyd(rows: Rows, start: Rows): Pieces<Clusters> {
  let centers = start;
  let last = Infinity;
  for (let turn = 0; ; turn++) {
    const { cluster, distances, inertia } = yield* nearest(rows, centers);
    if (turn === MOST_TURNS || inertia >= (1 - SETTLED) * last) return { cluster, centers, inertia };
    last = inertia;
    centers = means(rows, cluster, distances, countOf(centers));
  }
}

/** For each row its center, and the square of the distance to it. */
function* nearest(rows: Rows, centers: Rows): Pieces<{ cluster: Int32Array; distances: Float64Array; inertia: number }> {
  const n = countOf(rows);
  const k = countOf(centers);
  const squares = halfSquares(rows);
  const less = halfSquares(centers);
  const products = new Float64Array(k);
  const cluster = new Int32Array(n);
  const distances = new Float64Array(n);
  const most = inPiece(k * rows.width);
  let inertia = 0;
  for (let i = 0; i < n; i++) {
    dots(centers, rows.values, i * rows.width, products);
    let best = 0;
    for (let c = 1; c < k; c++) if (products[c]! - less[c]! > products[best]! - less[best]!) best = c;
    cluster[i] = best;
    distances[i] = Math.max(0, 2 * (squares[i]! + less[best]! - products[best]!));
    inertia += distances[i]!;
    if (i % most === 0) yield;
  }
  return { cluster, distances, inertia };
}

/** The mean of each cluster; one that nothing is left in begins anew at the row that is farthest from its own. */
function means({ values, width }: Rows, cluster: Int32Array, distances: Float64Array, k: number): Rows {
  const sums = new Float64Array(k * width);
  const counts = new Uint32Array(k);
  for (let i = 0; i < cluster.length; i++) {
    const c = cluster[i]!;
    counts[c]!++;
    for (let d = 0; d < width; d++) sums[c * width + d]! += values[i * width + d]!;
  }
  const out = new Float32Array(k * width);
  for (let c = 0; c < k; c++) {
    if (counts[c]! > 0) {
      for (let d = 0; d < width; d++) out[c * width + d] = sums[c * width + d]! / counts[c]!;
      continue;
    }
    const far = distances.reduce((most, d, i) => d > distances[most]! ? i : most, 0);
    distances[far] = 0;
    out.set(values.subarray(far * width, (far + 1) * width), c * width);
  }
  return { values: out, width };
}
