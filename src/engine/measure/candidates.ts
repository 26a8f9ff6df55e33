/** Which tiles and slices are worth trying for a product on this device. */
import type { Gpu } from '#engine/gpu/device.ts';
import { type Choice, defaultChoice, gradientTile, type Product, type Tile, usableTiles } from '#engine/ops/tiles.ts';

const SPLITS = [1, 2, 4, 8];
/** Fewer tokens than this make no slice. */
const SLICE = 64;

/** The default first. */
export function candidatesOf(gpu: Gpu, product: Product): Choice[] {
  const first = defaultChoice(gpu, product);
  const tiles = worthTrying(gpu, product);
  const splits = product.form === 'gradient' ? SPLITS.filter(s => s === 1 || product.rows >= s * SLICE) : [1];
  const all = [first, ...tiles.flatMap(tile => {
    const own = product.form === 'gradient' ? defaultSplits(gpu, product, tile) : [];
    return [...splits, ...own].map(s => ({ tile: tile.name, splits: s }));
  })];
  return [...new Map(all.map(c => [`${c.tile}/${c.splits}`, c])).values()];
}

function worthTrying(gpu: Gpu, p: Product): Tile[] {
  const usable = usableTiles(gpu);
  // A processor pays for each barrier of a tile in workgroup memory: five times slower than without, measured.
  const quick = gpu.software ? usable.filter(t => t.kind !== 'shared') : usable;
  const [height, width] = p.form === 'gradient' ? [p.k, p.n] : [p.rows, p.n];
  return (quick.length ? quick : usable).filter(t => {
    const [h, w] = sidesOf(gpu, p, t);
    return h < 2 * height && w < 2 * width;
  });
}

/** Rows and columns of the result that a workgroup of this tile makes. */
function sidesOf(gpu: Gpu, p: Product, t: Tile): readonly [number, number] {
  if (p.form === 'gradient') return gradientTile(gpu, t);
  return t.kind === 'subgroup' ? [t.rows, 4 * gpu.subgroupSize] : [t.bm, t.bn];
}

/** As many slices as the default rule gives this tile: enough workgroups for the device, at least 128 tokens each. */
function defaultSplits(gpu: Gpu, p: Product, tile: Tile): number[] {
  const [h, w] = gradientTile(gpu, tile);
  const tiles = Math.ceil(p.n / w) * Math.ceil(p.k / h);
  return [Math.max(1, Math.min(Math.ceil((gpu.software ? 4 : 256) / tiles), Math.floor(p.rows / 128), 32))];
}
