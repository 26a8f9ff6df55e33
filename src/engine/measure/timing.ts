/** How long programs take on the GPU, measured so that two of them can be compared on a machine whose pace wavers. */
import type { Program } from '#engine/gpu/program.ts';

export interface TimingOptions {
  /** Rounds; in each every program runs once, and the fastest round counts. */
  samples: number;
  /** Repetitions are added until a sample takes this long, in ms: clocks are coarse and a submit costs. */
  atLeast: number;
}

export const DEFAULT_TIMING: TimingOptions = { samples: 5, atLeast: 10 };

/**
 * Milliseconds of one run of each program, in their order: the fastest of interleaved samples, after a run each that
 * isn't counted. By GPU timestamps where there are any, else by the clock around a submit.
 */
export async function timePrograms(programs: readonly Program[], { samples, atLeast }: TimingOptions = DEFAULT_TIMING): Promise<number[]> {
  const repeats: number[] = [];
  for (const p of programs) {
    await p.time(undefined, 1);
    const once = await p.time(undefined, 1);
    repeats.push(Math.max(1, Math.min(1000, Math.ceil(atLeast / Math.max(once, 1e-3)))));
  }
  const best = programs.map(() => Infinity);
  for (let s = 0; s < samples; s++) {
    for (const [i, p] of programs.entries()) best[i] = Math.min(best[i]!, await p.time(undefined, repeats[i]!));
  }
  return best;
}
