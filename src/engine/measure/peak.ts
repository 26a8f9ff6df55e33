/** What the device can do at best, measured: multiply-adds and moved bytes per second. */
import type { Gpu } from '#engine/gpu/device.ts';
import { Program } from '#engine/gpu/program.ts';
import { tensor } from '#engine/gpu/tensor.ts';
import { type CopyShape, fmaOperations, peakCopy, peakFma } from '#engine/ops/peak.ts';
import { DEFAULT_TIMING, timePrograms, type TimingOptions } from './timing.ts';

export interface Peak {
  /** Floating-point operations per second, multiply and add as two. */
  flops: number;
  /** Bytes read plus bytes written per second by the best copy kernel. */
  bandwidth: number;
}

/** Registers decide how many chains a device takes best. */
const CHAINS = [2, 3, 8, 12];
const COPIES: readonly CopyShape[] = [{ each: 1, neighbours: false }, { each: 4, neighbours: false }, { each: 8, neighbours: false }, { each: 8, neighbours: true }];
/** Bytes copied: more than a processor's caches hold, so that memory is measured. */
const COPY_BYTES = { software: 64 << 20, hardware: 256 << 20 };

const known = new WeakMap<Gpu, Promise<Peak>>();

/** The device's peak, measured at the first call. Throws GpuError. */
export function peakOf(gpu: Gpu): Promise<Peak> {
  let peak = known.get(gpu);
  if (!peak) {
    known.set(gpu, peak = measurePeak(gpu));
    peak.catch(() => known.delete(gpu));
  }
  return peak;
}

/** Tries a few loops and copies and keeps the best. Takes about a second on a software adapter. Throws GpuError. */
export async function measurePeak(gpu: Gpu, timing: TimingOptions = DEFAULT_TIMING): Promise<Peak> {
  const threads = gpu.software ? 1 << 10 : 1 << 18;
  const out = tensor(gpu, 'peak out', 4 * threads);
  const limit = gpu.device.limits.maxStorageBufferBindingSize;
  const words = Math.min(gpu.software ? COPY_BYTES.software : COPY_BYTES.hardware, limit) / 4;
  const [from, to] = [tensor(gpu, 'peak from', words), tensor(gpu, 'peak to', words)];
  const loops = CHAINS.map(chains => ({ chains, count: 64, threads }));
  const programs = [
    ...loops.map(loop => {
      const p = new Program(gpu, `peak ${loop.chains}`);
      peakFma(p, { ...loop, a: 0.999, b: 0.001, out });
      return p;
    }),
    ...COPIES.map(shape => {
      const p = new Program(gpu, `copy ${shape.each}`);
      peakCopy(p, from, to, shape);
      return p;
    }),
  ];
  try {
    await Promise.all(programs.map(p => p.build()));
    const ms = await timePrograms(programs, timing);
    return {
      flops: Math.max(...loops.map((loop, i) => fmaOperations(loop) / ms[i]! * 1000)),
      bandwidth: Math.max(...COPIES.map((_, i) => 8 * words / ms[loops.length + i]! * 1000)),
    };
  } finally {
    for (const p of programs) p.destroy();
    for (const t of [out, from, to]) gpu.release(t.buffer!);
  }
}
