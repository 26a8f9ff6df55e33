/**
 * Which patches the student doesn't see: rectangles that add up to a drawn share of the picture.
 * After lightly's random_block_mask and BEiT's block-wise masking, the same random choices in the same order.
 */
import type { Rng } from '#lib/rng.ts';

export interface MaskOptions {
  /** Share of the images that get a mask at all. */
  maskedImages: number;
  /** Range of the share of patches hidden in a masked image. */
  maskRatio: readonly [number, number];
  /** Smallest area of a rectangle, patches; lowered to the mask's size where that is smaller. */
  maskMinBlock: number;
}

const ASPECT = Math.log(1 / 0.3); // height over width lies between 0.3 and 1/0.3
const ATTEMPTS = 10;

/**
 * Masks of `images` images: (images, grid*grid), 1 = hidden. Exactly floor(images * maskedImages) images
 * get one; their shares are spread evenly over maskRatio and then dealt to random images.
 * A rectangle is always smaller than the grid in both directions, so a 1x1 grid stays whole.
 */
export function blockMasks(rng: Rng, images: number, grid: number, options: MaskOptions): Uint8Array {
  const cells = grid * grid;
  const masked = Math.floor(images * options.maskedImages);
  const masks: Uint8Array[] = [];
  for (let k = 0; k < masked; k++) {
    const top = ratio(options, k + 1, masked);
    const share = Math.min(top, rng.uniform(ratio(options, k, masked), top)); // rounding must not break the bound below
    masks.push(imageMask(rng, grid, Math.floor(cells * share), options.maskMinBlock));
  }
  while (masks.length < images) masks.push(new Uint8Array(cells));
  const all = new Uint8Array(images * cells);
  rng.shuffle(masks).forEach((mask, i) => all.set(mask, i * cells));
  return all;
}

/** The most patches that `images` images out of a batch of `total` can have hidden: the largest shares meet. */
export function maxMaskedPatches(images: number, grid: number, options: MaskOptions, total = images): number {
  const masked = Math.floor(total * options.maskedImages);
  let patches = 0;
  for (let k = Math.max(0, masked - images); k < masked; k++) {
    patches += Math.floor(grid * grid * ratio(options, k + 1, masked));
  }
  return patches;
}

/** The k-th of `masked + 1` evenly spaced shares. */
function ratio({ maskRatio: [low, high] }: MaskOptions, k: number, masked: number): number {
  return k === masked ? high : low + (high - low) * k / masked;
}

/** Hides at most `wanted` patches; fewer when no further rectangle is found. */
function imageMask(rng: Rng, grid: number, wanted: number, minBlock: number): Uint8Array {
  const mask = new Uint8Array(grid * grid);
  const smallest = Math.max(1, Math.min(minBlock, wanted));
  let hidden = 0;
  while (hidden < wanted) {
    const added = addBlock(rng, mask, grid, smallest, wanted - hidden);
    if (!added) break;
    hidden += added;
  }
  return mask;
}

/** Tries to hide one more rectangle with 1..most new patches; returns how many were new. */
function addBlock(rng: Rng, mask: Uint8Array, grid: number, smallest: number, most: number): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = rng.uniform(smallest, most); // runs downwards where most < smallest, as in the reference
    const aspect = Math.exp(rng.uniform(-ASPECT, ASPECT));
    const h = roundHalfEven(Math.sqrt(area * aspect));
    const w = roundHalfEven(Math.sqrt(area / aspect));
    if (w >= grid || h >= grid) continue;
    const top = rng.int(0, grid - h);
    const left = rng.int(0, grid - w);
    const rows = Array.from({ length: h }, (_, y) => mask.subarray((top + y) * grid + left, (top + y) * grid + left + w));
    const fresh = rows.reduce((sum, row) => sum + row.reduce((n, hiddenAlready) => n + 1 - hiddenAlready, 0), 0);
    if (fresh === 0 || fresh > most) continue;
    for (const row of rows) row.fill(1);
    return fresh;
  }
  return 0;
}

/** Python's round. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + low % 2 : Math.round(x);
}
