/** Which tiles and slices are worth trying for a product on this device. */
import type { Gpu } from '#engine/gpu/device.ts';
import { type Choice, defaultChoice, gradientTile, type Product, productTile, type Tile, usableTiles } from '#engine/ops/tiles.ts';

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
  const likely = usable.filter(t => !gpu.software || QUICK_IN_SOFTWARE[gpu.subgroupSize > 0 ? 'with' : 'without'].has(t.kind));
  const [height, width] = p.form === 'gradient' ? [p.k, p.n] : [p.rows, p.n];
  return (likely.length ? likely : usable).filter(t => {
    const [h, w] = p.form === 'gradient' ? gradientTile(gpu, t) : productTile(gpu, t);
    return h < 2 * height && w < 2 * width;
  });
}

/**
 * A processor pays for each barrier of a tile in workgroup memory and for each load that differs between lanes: two to
 * five times slower than with subgroups, so not worth the seconds of compiling and measuring.
 */
const QUICK_IN_SOFTWARE: Record<'with' | 'without', ReadonlySet<Tile['kind']>> = { with: new Set(['subgroup']), without: new Set(['register']) };

/** As many slices as the default rule gives this tile: enough workgroups for the device, at least 128 tokens each. */
function defaultSplits(gpu: Gpu, p: Product, tile: Tile): number[] {
  const [h, w] = gradientTile(gpu, tile);
  const tiles = Math.ceil(p.n / w) * Math.ceil(p.k / h);
  return [Math.max(1, Math.min(Math.ceil((gpu.software ? 4 : 256) / tiles), Math.floor(p.rows / 128), 32))];
}
