/** Which tiles and slices are worth trying for a product on this device. */
import type { Gpu } from '#engine/gpu/device.ts';
import { type Choice, defaultChoice, gradientTile, type Product, productTile, splitsFor, type Tile, usableTiles } from '#engine/ops/tiles.ts';

const SPLITS = [1, 2, 4, 8];
/** Fewer tokens than this make no slice. */
const SLICE = 64;

/** The default first. */
export function candidatesOf(gpu: Gpu, product: Product): Choice[] {
  const first = defaultChoice(gpu, product);
  const tiles = worthTrying(gpu, product);
  const all = [first, ...tiles.flatMap(tile => splitsOf(gpu, product, tile).map(splits => ({ tile: tile.name, splits })))];
  return [...new Map(all.map(c => [`${c.tile}/${c.splits}`, c])).values()];
}

function splitsOf(gpu: Gpu, p: Product, tile: Tile): number[] {
  if (p.form !== 'gradient') return [1];
  const own = splitsFor(gpu, p, tile);
  const wanted = gpu.software ? [...SPLITS, own] : [1, own, 2 * own];
  return wanted.filter(s => s === 1 || s === own || p.rows >= s * SLICE);
}

function worthTrying(gpu: Gpu, p: Product): Tile[] {
  const usable = usableTiles(gpu);
  const quick = gpu.software ? QUICK_IN_SOFTWARE[gpu.subgroupSize > 0 ? 'with' : 'without'] : QUICK_IN_HARDWARE;
  const likely = usable.filter(t => quick.has(t.kind));
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
/** No subgroup tile came near the best of any product on a GPU. */
const QUICK_IN_HARDWARE: ReadonlySet<Tile['kind']> = new Set(['register', 'shared']);
