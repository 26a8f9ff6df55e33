import type { Config } from '#contract/config.ts';
import type { Rng } from '#lib/rng.ts';

/** The chance that a sample skips a branch of block `i`: the same everywhere, or from 0 rising to the full rate. */
export function dropPathRate(c: Pick<Config, 'dropPath' | 'dropPathMode' | 'depth'>, i: number): number {
  return c.dropPathMode === 'uniform' ? c.dropPath : c.dropPath * (c.depth > 1 ? i / (c.depth - 1) : 1);
}

/** (depth, 2, sequences): 0 or 1 / keep, drawn for each block, branch and sequence by itself (timm's DropPath). */
export function dropPathFactors(rng: Rng, c: Pick<Config, 'dropPath' | 'dropPathMode' | 'depth'>, sequences: number): Float32Array {
  const out = new Float32Array(c.depth * 2 * sequences);
  for (let i = 0; i < out.length; i++) {
    const keep = 1 - dropPathRate(c, Math.floor(i / (2 * sequences)));
    out[i] = rng.next() < keep ? 1 / keep : 0;
  }
  return out;
}
