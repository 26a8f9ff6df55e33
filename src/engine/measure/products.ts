/** Which products a configuration asks for, and in whose hands their choice lies. */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { PRODUCT_TEXTS } from '#engine/ops/product-texts.ts';
import { type Asked, type Choice, defaultChoice, TILES, type Product, tilesOf, usableTiles } from '#engine/ops/tiles.ts';
import { TrainingStep } from '#engine/ibot/step.ts';

export type { Choice };

/** Products by productKey. */
export type Products = ReadonlyMap<string, Asked>;

/**
 * The products of a training step, with how often each is computed in a micro-batch; the costliest first. Plans the
 * step without compiling it and lets it go again. Throws NoRoomError or GpuError where the configuration doesn't fit.
 */
export async function productsOf(gpu: Gpu, config: Config): Promise<Products> {
  const table = tilesOf(gpu);
  const before = table.asked;
  table.asked = new Map();
  try {
    await gpu.allocating(async account => new TrainingStep(account, config)).then(step => step.destroy());
    return new Map([...table.asked].sort(([, a], [, b]) => flopsOf(b) * b.count - flopsOf(a) * a.count));
  } finally {
    table.asked = before;
  }
}

/** Multiply and add as two. */
export const flopsOf = (p: { rows: number; n: number; k: number }): number => 2 * p.rows * p.n * p.k;

/** What is planned on this device from now on takes these choices, the default for the rest. */
export function setChoices(gpu: Gpu, choices: ReadonlyMap<string, Choice>): void {
  tilesOf(gpu).chosen = new Map(choices);
}

/** What isn't the default among what is planned on this device. */
export const choicesOf = (gpu: Gpu): ReadonlyMap<string, Choice> => tilesOf(gpu).chosen;

/** A choice that this device can follow: remembered ones may name a tile that is gone. */
export function isUsable(gpu: Gpu, c: Choice): boolean {
  return Number.isInteger(c.splits) && c.splits >= 1 && c.splits <= MAX_SPLITS && usableTiles(gpu).some(t => t.name === c.tile);
}

const MAX_SPLITS = 64;

/** The choice of the fixed table. */
export const defaultOf = defaultChoice;

const AFTERWARDS: Readonly<Record<string, string>> = {
  BIAS: 'bias', GELU: 'GELU', RESIDUAL: 'residual', GAMMA: 'LayerScale', BRANCH: 'branch kept', DROP: 'stochastic depth', GELU_BACKWARD: 'GELU\'s derivative',
  A_HALF: 'first factor in 16 bits', B_HALF: 'second factor in 16 bits', C_HALF: 'result in 16 bits',
};

/** A product for people: what it makes, of what size, and what follows. */
export function inWords(p: Product): string {
  const size = (n: number) => n.toLocaleString('en');
  const then = p.epilogue.split(' ').filter(Boolean).map(e => AFTERWARDS[e] ?? e.toLowerCase());
  const made = p.form === 'gradient' ? `Weight gradient ${size(p.k)} x ${size(p.n)} over ${size(p.rows)} rows`
    : `Product ${size(p.rows)} x ${size(p.n)} over ${size(p.k)}${p.form === 'NT' ? ', second factor transposed' : ''}`;
  return then.length ? `${made}; ${then.join(', ')}` : made;
}

/** What measured times depend on besides device and browser. */
export const MEASURED = { texts: PRODUCT_TEXTS, tiles: TILES };
