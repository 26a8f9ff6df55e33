/** Where the time of a step goes: GPU time of each kernel, and the step as a whole. */
import type { Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import { Gpu, GpuError } from '#engine/gpu/device.ts';
import { download, upload } from '#engine/gpu/tensor.ts';
import { initialWeights } from '#engine/model/parameters.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { dropPathFactors } from '#engine/ibot/drop-path.ts';
import { blockMasks } from '#engine/ibot/masking.ts';
import { schedulesAt } from '#engine/ibot/schedule.ts';
import { TrainingStep } from '#engine/ibot/step.ts';

export interface KernelTime { kernel: string; count: number; milliseconds: number }

export interface StepProfile {
  device: string;
  /** Of one micro-batch, the slowest kernel first. */
  kernels: KernelTime[];
  /** The fastest of the timed micro-batches with its update, from encoding to the numbers' arrival; its encoding alone. */
  milliseconds: number; encodeMilliseconds: number;
  dispatches: number; bytes: number;
  /** Multiply and add as two. */
  flops: number;
}

const REPEATS = 5;

/** Times one micro-batch on noise in place of images. Throws GpuError where the device has no timestamps. */
export async function profileStep(config: Config, gpu: Gpu): Promise<StepProfile> {
  if (!gpu.device.features.has('timestamp-query')) throw new GpuError('This adapter offers no timestamp-query, so kernels can\'t be timed.');
  const c: Config = { ...config, batchSize: config.microBatch || config.batchSize, microBatch: 0 };
  const step = await new TrainingStep(gpu, c).build();
  try {
    const rng = new Rng(c.seed);
    const weights = initialWeights(step.state.layout, c, rng);
    for (const who of [step.state.student, step.state.teacher]) upload(gpu, who, weights);
    const mask = blockMasks(rng, 2 * c.batchSize, step.shape.grid, c);
    const dropPath = dropPathFactors(rng, c, c.batchSize * (2 + c.localViews));
    upload(gpu, step.patches, Float32Array.from({ length: step.patches.words }, () => rng.normal()));
    let milliseconds = Infinity;
    let encodeMilliseconds = Infinity;
    // The first run also compiles.
    for (let i = 0; i <= REPEATS; i++) {
      const start = performance.now();
      step.run([{ mask, dropPath, fillPatches: () => {} }], schedulesAt(c, i));
      const encoded = performance.now() - start;
      await download(gpu, step.state.numbers);
      if (i === 0) continue;
      milliseconds = Math.min(milliseconds, performance.now() - start);
      encodeMilliseconds = Math.min(encodeMilliseconds, encoded);
    }
    const masked = mask.reduce((n, m) => n + m, 0);
    const times = await step.profile(schedulesAt(c, REPEATS), masked);
    const kernels = new Map<string, KernelTime>();
    for (const { kernel, nanoseconds } of times) {
      const k = kernels.get(kernel) ?? { kernel, count: 0, milliseconds: 0 };
      kernels.set(kernel, { kernel, count: k.count + 1, milliseconds: k.milliseconds + nanoseconds / 1e6 });
    }
    return {
      device: gpu.name, kernels: [...kernels.values()].sort((a, b) => b.milliseconds - a.milliseconds),
      milliseconds, encodeMilliseconds, dispatches: step.dispatches, bytes: gpu.allocated, flops: estimateCost(c).flopsPerStep,
    };
  } finally {
    step.destroy();
  }
}

/** The same on a device of its own. */
export async function profileConfig(config: Config): Promise<StepProfile> {
  const gpu = await Gpu.open();
  try {
    return await profileStep(config, gpu);
  } finally {
    gpu.destroy();
  }
}
