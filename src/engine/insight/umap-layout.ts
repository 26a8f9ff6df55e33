/** A map of rows by UMAP (umap-js), from exact neighbours and a start that is given, in slices between which others have their turn. */
import { UMAP } from 'umap-js';
import { Rng } from '#lib/rng.ts';
import { nearestRows } from './near.ts';
import { countOf, type Rows, rowsFrom } from './rows.ts';

/** What is being done, how far it is, and the milliseconds of the last slice. Rejects to end it. */
export type Tell = (of: 'neighbors' | 'layout', done: number, total: number, ms: number) => Promise<void>;

/** umap's own: points that each point is held near to, itself included. */
const NEIGHBORS = 15;
/** With fewer points there is nothing to lay out. */
export const FEWEST = 4;
/** Another start than a map before spreads over so much to each side, as umap's own do. */
const EXTENT = 10;
/** How far points move at first (umap's is 1): from a map before, only so much that it goes on being that map. */
const STRIDE = { fresh: 1, again: 0.25 };
const SLICE_MS = 80;

/** Unit rows (n), start (n, 2), which is a map before where `again` -> (n, 2). The same start gives the same map. */
export async function umapLayout(rows: Rows, start: Float32Array, again: boolean, tell: Tell): Promise<Float32Array> {
  const n = countOf(rows);
  const k = Math.min(NEIGHBORS, n - 1);
  const slices = new Slices(tell);
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let i = 0; i < n; i++) {
    // Equal rows stand in any order: a point is always its own first neighbour.
    const near = nearestRows(rows, rowsFrom(rows, i, i + 1).values, k + 1).filter(({ row }) => row !== i).slice(0, k - 1);
    indices.push([i, ...near.map(({ row }) => row)]);
    distances.push([0, ...near.map(({ cosine }) => Math.max(0, 1 - cosine))]);
    await slices.end('neighbors', i + 1, n);
  }
  const rng = new Rng(1);
  const umap = new UMAP({ nNeighbors: k, learningRate: again ? STRIDE.again : STRIDE.fresh, random: () => rng.next() });
  umap.setPrecomputedKNN(indices, distances);
  // With neighbours at hand it looks at the points only to count them.
  const epochs = umap.initializeFit(indices);
  const points = umap.getEmbedding();
  const scale = again ? 1 : EXTENT / Math.max(1e-12, start.reduce((m, v) => Math.max(m, Math.abs(v)), 0));
  // A hair's breadth by chance, so that equal points can part.
  points.forEach((p, i) => { for (const a of [0, 1]) p[a] = scale * start[2 * i + a]! + 1e-4 * rng.normal(); });
  for (let epoch = 0; epoch < epochs;) {
    epoch = umap.step();
    await slices.end('layout', epoch, epochs);
  }
  return Float32Array.from(points.flat());
}

/** Counts the time and tells of it every few hundredths of a second, and at the end of each part. */
class Slices {
  private begun = performance.now();
  private readonly tell: Tell;

  constructor(tell: Tell) {
    this.tell = tell;
  }

  async end(of: 'neighbors' | 'layout', done: number, total: number): Promise<void> {
    const ms = performance.now() - this.begun;
    if (ms < SLICE_MS && done < total) return;
    await this.tell(of, done, total, ms);
    this.begun = performance.now();
  }
}
