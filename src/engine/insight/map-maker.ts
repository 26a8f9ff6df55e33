/** What a thread of its own makes of the images' class tokens: a plane, a map, clusters, neighbours. */
import { Rng } from '#lib/rng.ts';
import { kmeans } from './kmeans.ts';
import { type Near, nearestRows } from './near.ts';
import { atOnce } from './pieces.ts';
import { type Plane, principalPlane } from './principal-plane.ts';
import { countOf, pick, type Rows, rowsFrom, unitRows } from './rows.ts';
import { FEWEST, type Tell, umapLayout } from './umap-layout.ts';

export interface Grouping {
  /** (n), from 0. */
  labels: Int32Array;
  /** Of each cluster the rows nearest to its center, the nearest first. */
  typical: number[][];
}

const TYPICAL = 8;
const SEED = 1;

export class MapMaker {
  /** Of length 1: likeness is the cosine throughout. */
  private rows: Rows = { values: new Float32Array(0), width: 1 };
  private plane: Plane | null = null;
  private map: Float32Array | null = null;
  private grouping: Grouping & { k: number } | null = null;
  /** Of the rows before: what comes next goes on from there. */
  private before: { directions: Float64Array[] | null; map: Float32Array | null; labels: Int32Array | null } = { directions: null, map: null, labels: null };

  /** features (n, width) of the images on the map. With `again` they are the same images as before. */
  load(features: Float32Array, width: number, again: boolean): void {
    const { plane, map, grouping, before } = this;
    this.before = again ? { directions: plane?.directions ?? before.directions, map: map ?? before.map, labels: grouping?.labels ?? before.labels } : { directions: null, map: null, labels: null };
    this.rows = unitRows({ values: features, width });
    this.plane = this.map = this.grouping = null;
  }

  principal(): Plane {
    return this.plane ??= principalPlane(this.rows, this.before.directions);
  }

  /** (n, 2) by UMAP, from the map before or else from the plane. Rejects where `tell` does. */
  async umap(tell: Tell): Promise<Float32Array> {
    if (this.map) return this.map;
    const before = this.before.map;
    const start = before ?? this.principal().positions;
    return this.map = countOf(this.rows) < FEWEST ? start : await umapLayout(this.rows, start, before !== null, tell);
  }

  clusters(k: number): Grouping {
    const known = this.grouping;
    if (known?.k === k) return known;
    const { rows } = this;
    const { cluster, centers } = atOnce(kmeans(rows, k, new Rng(SEED)));
    const count = countOf(centers);
    const names = keepNames(known?.labels ?? this.before.labels, cluster, count);
    const typical = Array.from({ length: count }, () => [] as number[]);
    const middles = unitRows(centers);
    for (let l = 0; l < count; l++) {
      const own = Array.from(cluster.keys()).filter(row => cluster[row] === l);
      typical[names[l]!] = nearestRows(pick(rows, own), rowsFrom(middles, l, l + 1).values, TYPICAL).map(({ row }) => own[row]!);
    }
    const labels = cluster.map(l => names[l]!);
    this.grouping = { k, labels, typical };
    return { labels, typical };
  }

  /** The `count` rows most like a row, itself left out, or most like a feature that is none of them. */
  nearest(of: number | Float32Array, count: number): Near[] {
    const { rows } = this;
    const query = typeof of === 'number' ? rowsFrom(rows, of, of + 1) : unitRows({ values: of, width: rows.width });
    return nearestRows(rows, query.values, count + 1).filter(({ row }) => row !== of).slice(0, count);
  }
}

/**
 * Which number each new cluster gets: that of the old one it shares most points with, the largest shares first, so that
 * clusters keep their colours from one look to the next. Without old ones the largest is the first.
 */
export function keepNames(before: ArrayLike<number> | null, now: ArrayLike<number>, count: number): number[] {
  const sizes = new Float64Array(count);
  for (let i = 0; i < now.length; i++) sizes[now[i]!]!++;
  const bySize = Array.from(sizes.keys()).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const names = new Array<number>(count).fill(-1);
  const free = new Set(names.keys());
  if (before && before.length === now.length) {
    const shared = new Map<string, { from: number; to: number; points: number }>();
    for (let i = 0; i < now.length; i++) {
      const [from, to] = [before[i]!, now[i]!];
      const key = `${from} ${to}`;
      const pair = shared.get(key);
      if (pair) pair.points++;
      else shared.set(key, { from, to, points: 1 });
    }
    for (const { from, to } of [...shared.values()].sort((a, b) => b.points - a.points || a.from - b.from || a.to - b.to)) {
      if (names[to] === -1 && free.delete(from)) names[to] = from;
    }
  }
  for (const to of bySize) {
    if (names[to] !== -1) continue;
    const [next] = free;
    names[to] = next!;
    free.delete(next!);
  }
  return names;
}
