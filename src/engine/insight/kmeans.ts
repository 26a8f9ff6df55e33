/** k-means by Lloyd's turns, begun as k-means++ has it. */
import { Rng } from '#lib/rng.ts';

export interface Clusters {
  /** (n), from 0. */
  labels: Int32Array;
  /** (k, d) */
  centers: Float64Array;
  /** Sum of squared distances to the own center. */
  inertia: number;
}

const MOST_TURNS = 100;

/** points (n, d); at most n clusters. The same seed gives the same clusters. */
export function kMeans(points: ArrayLike<number>, n: number, d: number, k: number, seed: number): Clusters {
  const clusters = Math.min(k, n);
  const centers = spreadOut(points, n, d, clusters, new Rng(seed));
  const labels = new Int32Array(n).fill(-1);
  const distances = new Float64Array(n);
  for (let turn = 0; turn < MOST_TURNS && assign(points, n, d, centers, labels, distances); turn++) {
    const counts = new Float64Array(clusters);
    for (let i = 0; i < n; i++) counts[labels[i]!]!++;
    // A center that nobody chose moves to the point that is farthest from its own.
    for (let j = 0; j < clusters; j++) {
      if (counts[j] !== 0) continue;
      const far = distances.indexOf(distances.reduce((m, v) => Math.max(m, v), 0));
      counts[labels[far]!]!--;
      counts[j] = 1;
      labels[far] = j;
      distances[far] = 0;
    }
    centers.fill(0);
    for (let i = 0; i < n; i++) for (let c = 0; c < d; c++) centers[labels[i]! * d + c]! += points[i * d + c]! / counts[labels[i]!]!;
  }
  assign(points, n, d, centers, labels, distances);
  return { labels, centers, inertia: distances.reduce((s, v) => s + v, 0) };
}

/** The first center by chance, each further one with a chance that goes by the squared distance to the nearest so far. */
function spreadOut(points: ArrayLike<number>, n: number, d: number, k: number, rng: Rng): Float64Array {
  const centers = new Float64Array(k * d);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = rng.int(0, n - 1);
  for (let j = 0; j < k; j++) {
    for (let c = 0; c < d; c++) centers[j * d + c] = points[chosen * d + c]!;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += nearest[i] = Math.min(nearest[i]!, distance(points, i, centers, j, d));
    let left = rng.next() * sum;
    chosen = 0;
    while (chosen < n - 1 && (left -= nearest[chosen]!) >= 0) chosen++;
  }
  return centers;
}

/** Gives each point to the nearest center, of equals the first; whether any changed. */
function assign(points: ArrayLike<number>, n: number, d: number, centers: Float64Array, labels: Int32Array, distances: Float64Array): boolean {
  let changed = false;
  for (let i = 0; i < n; i++) {
    let best = 0;
    let least = Infinity;
    for (let j = 0; j < centers.length / d; j++) {
      const s = distance(points, i, centers, j, d);
      if (s < least) {
        least = s;
        best = j;
      }
    }
    if (labels[i] !== best) changed = true;
    labels[i] = best;
    distances[i] = least;
  }
  return changed;
}

function distance(points: ArrayLike<number>, i: number, centers: Float64Array, j: number, d: number): number {
  let s = 0;
  for (let c = 0; c < d; c++) s += (points[i * d + c]! - centers[j * d + c]!) ** 2;
  return s;
}
