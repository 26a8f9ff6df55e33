/** Which tile shape and how many slices each product takes: by default, by force, or as measured on this device. */
import type { Gpu } from '#engine/gpu/device.ts';

/**
 * A subgroup tile is `rows` by 4 x `columns` x the subgroup (weight gradients have one of their own, see gradientTile); a
 * register tile 8 x 8 threads with tm x tn results each; a shared-memory tile bm x bn x bk with tm x tn results a thread,
 * of which `unroll` steps along k are written out.
 */
export type Tile =
  | { name: string; kind: 'subgroup'; rows: number; columns: number }
  | { name: string; kind: 'register'; tm: number; tn: number }
  | { name: string; kind: 'shared'; bm: number; bn: number; bk: number; tm: number; tn: number; unroll: number };

const shared = (bm: number, bn: number, bk: number, tm: number, tn: number, unroll: number): Tile =>
  ({ name: `shared ${bm}x${bn}x${bk} ${tm}x${tn}`, kind: 'shared', bm, bn, bk, tm, tn, unroll });

/** Every tile shape there is. The best of the shared ones is within 8 % of the best of all that were tried on a GPU, 2 % on the average. */
export const TILES: readonly Tile[] = [
  { name: 'subgroup 8', kind: 'subgroup', rows: 8, columns: 1 },
  { name: 'subgroup 16', kind: 'subgroup', rows: 16, columns: 1 },
  { name: 'subgroup 32', kind: 'subgroup', rows: 32, columns: 1 },
  { name: 'subgroup 32x2', kind: 'subgroup', rows: 32, columns: 2 },
  { name: 'register 4x4', kind: 'register', tm: 4, tn: 4 },
  { name: 'register 8x8', kind: 'register', tm: 8, tn: 8 },
  shared(32, 32, 16, 4, 4, 1),
  shared(64, 64, 16, 4, 4, 1),
  shared(128, 64, 8, 8, 4, 1),
  shared(128, 128, 8, 8, 8, 4),
  shared(128, 128, 16, 8, 8, 4),
];

const tileNamed = (name: string): Tile => TILES.find(t => t.name === name)!;

/**
 * A product as far as its speed goes. NT and NN: C (rows, n) over k. gradient: dweight (k, n) over `rows` tokens, which
 * may be cut into slices. `rows` is the most there may be; the epilogue names the flags that are on.
 */
export interface Product { form: 'NT' | 'NN' | 'gradient'; rows: number; n: number; k: number; epilogue: string }

/** How a product is computed. `splits` is 1 but for gradients. */
export interface Choice { tile: string; splits: number }

/** Rows count to the next power of two: what is best changes slowly with them. */
export const productKey = (p: Product): string =>
  `${p.form} ${2 ** Math.ceil(Math.log2(p.rows))}x${p.n}x${p.k}${p.epilogue && ` ${p.epilogue}`}`;

export interface TileTable {
  /** Makes every product use the tile of this name: for tests and comparisons. */
  forced: string | null;
  /** By productKey; what isn't in it takes the default. */
  chosen: ReadonlyMap<string, Choice>;
  /** Every product planned on this device so far, by productKey. */
  asked: Map<string, Asked>;
}

/** A product with the number of times it was planned, at its largest number of rows. */
export interface Asked extends Product { count: number }

const tables = new WeakMap<GPUDevice, TileTable>();

export function tilesOf(gpu: Gpu): TileTable {
  let table = tables.get(gpu.device);
  if (!table) tables.set(gpu.device, table = { forced: null, chosen: new Map(), asked: new Map() });
  return table;
}

/** Two pairs of tiles: one that is computed with, one that is fetched. */
const sharedBytes = (t: Tile & { kind: 'shared' }): number => 2 * (t.bm + t.bn) * t.bk * 4;

/** The tiles this device can run. */
export const usableTiles = (gpu: Gpu): Tile[] => TILES.filter(t => isUsable(gpu, t));

function isUsable(gpu: Gpu, t: Tile): boolean {
  const { maxComputeInvocationsPerWorkgroup: threads, maxComputeWorkgroupStorageSize: bytes } = gpu.device.limits;
  if (t.kind === 'subgroup') return gpu.subgroupSize >= 4 && gpu.subgroupSize <= 64;
  return t.kind === 'register' || (t.bm / t.tm) * (t.bn / t.tn) <= threads && sharedBytes(t) <= bytes;
}

/** How the device computes a product: forced, else as chosen by measurement, else by default. */
export function choose(gpu: Gpu, product: Product): { tile: Tile; splits: number } {
  const table = tilesOf(gpu);
  const key = productKey(product);
  const before = table.asked.get(key);
  table.asked.set(key, { ...product, rows: Math.max(product.rows, before?.rows ?? 0), count: (before?.count ?? 0) + 1 });
  if (table.forced) return withSplits(gpu, product, tileNamed(table.forced));
  const chosen = table.chosen.get(key);
  if (chosen) return { tile: tileNamed(chosen.tile), splits: chosen.splits };
  return withSplits(gpu, product, defaultTile(gpu, product));
}

/** The default, as a choice. */
export function defaultChoice(gpu: Gpu, product: Product): Choice {
  const { tile, splits } = withSplits(gpu, product, defaultTile(gpu, product));
  return { tile: tile.name, splits };
}

function defaultTile(gpu: Gpu, p: Product): Tile {
  const [rows, columns] = p.form === 'gradient' ? [p.k, p.n] : [p.rows, p.n];
  if (gpu.software && gpu.subgroupSize > 0 && gpu.subgroupSize <= 16) {
    if (p.form !== 'gradient' && p.rows <= 8) return tileNamed('subgroup 8');
    if (gpu.subgroupSize >= 8) return tileNamed('subgroup 32');
    // A sixth faster, and three times as long to compile.
    return tileNamed(p.form !== 'gradient' && p.rows * p.n * p.k >= 2 ** 25 ? 'subgroup 32x2' : 'subgroup 16');
  }
  // As was best on a large GPU: large tiles for much, where they are many enough; slices make those of weight gradients many.
  if (p.form === 'gradient') {
    if (p.rows < 4096 || Math.min(rows, columns) < 128) return tileNamed('shared 64x64x16 4x4');
    const large = tileNamed('shared 128x128x16 8x8');
    return isUsable(gpu, large) ? large : tileNamed('shared 128x128x8 8x8');
  }
  const tiles = Math.ceil(rows / 128) * Math.ceil(columns / 128);
  if (tiles >= 360) return tileNamed('shared 128x128x8 8x8');
  return tileNamed(tiles >= 120 && p.form === 'NT' ? 'shared 128x64x8 8x4' : 'shared 64x64x16 4x4');
}

function withSplits(gpu: Gpu, p: Product, tile: Tile): { tile: Tile; splits: number } {
  return { tile, splits: p.form === 'gradient' ? splitsFor(gpu, p, tile) : 1 };
}

/** Slices of a weight gradient: enough workgroups to fill the device, and at least 128 tokens each. */
export function splitsFor(gpu: Gpu, p: Product, tile: Tile): number {
  const [height, width] = gradientTile(gpu, tile);
  const tiles = Math.ceil(p.n / width) * Math.ceil(p.k / height);
  const wanted = gpu.software ? 4 : 256;
  return Math.max(1, Math.min(Math.ceil(wanted / tiles), Math.floor(p.rows / 128), 32));
}

/** Rows and columns of the result that a workgroup computes. */
export function productTile(gpu: Gpu, tile: Tile): readonly [number, number] {
  if (tile.kind === 'subgroup') return [tile.rows, 4 * tile.columns * gpu.subgroupSize];
  return tile.kind === 'register' ? [8 * tile.tm, 8 * tile.tn] : [tile.bm, tile.bn];
}

/** The same for a weight gradient, where a lane of a subgroup holds quads of rows: no more than 32 rows fit its registers. */
export const gradientTile = (gpu: Gpu, tile: Tile): readonly [number, number] =>
  tile.kind === 'subgroup' ? [4 * Math.min(gpu.subgroupSize, 8), 4 * gpu.subgroupSize] : productTile(gpu, tile);
