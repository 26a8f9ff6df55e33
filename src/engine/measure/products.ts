/** Which products a configuration asks for, and in whose hands their choice lies. */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { type Asked, type Choice, tilesOf, usableTiles } from '#engine/ops/tiles.ts';
import { TrainingStep } from '#engine/ibot/step.ts';

/**
 * The products of a training step, with how often each is computed in a micro-batch; the costliest first. Plans the
 * step without compiling it and lets it go again. Throws GpuError where the configuration doesn't fit the device.
 */
export function productsOf(gpu: Gpu, config: Config): Map<string, Asked> {
  const table = tilesOf(gpu);
  const before = table.asked;
  table.asked = new Map();
  // Nothing is written: where there is no room, the step itself will say so.
  gpu.device.pushErrorScope('out-of-memory');
  try {
    new TrainingStep(gpu, config).destroy();
    return new Map([...table.asked].sort(([, a], [, b]) => flopsOf(b) * b.count - flopsOf(a) * a.count));
  } finally {
    gpu.device.popErrorScope().catch(() => {});
    table.asked = before;
  }
}

/** Multiply and add as two. */
export const flopsOf = (p: { rows: number; n: number; k: number }): number => 2 * p.rows * p.n * p.k;

/** What is planned on this device from now on takes these choices, the default for the rest. */
export function useChoices(gpu: Gpu, choices: ReadonlyMap<string, Choice>): void {
  tilesOf(gpu).chosen = new Map(choices);
}

/** A choice that this device can follow: remembered ones may name a tile that is gone. */
export function isUsable(gpu: Gpu, c: Choice): boolean {
  return Number.isInteger(c.splits) && c.splits >= 1 && c.splits <= MAX_SPLITS && usableTiles(gpu).some(t => t.name === c.tile);
}

export const MAX_SPLITS = 64;
