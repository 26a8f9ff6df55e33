/** Where the time of a step goes: GPU time of each kernel against what the device can do, and the step as a whole. */
import type { Config } from '#contract/config.ts';
import type { KernelProfile, ProfileReport } from '#contract/profile.ts';
import { Rng } from '#lib/rng.ts';
import { Gpu, GpuError } from '#engine/gpu/device.ts';
import type { DispatchTime, Replay } from '#engine/gpu/program.ts';
import type { ViewRecipe } from '#engine/ops/views.ts';
import { schedulesAt } from '#engine/ibot/schedule.ts';
import { type StepReplay, Trainer } from '#engine/ibot/trainer.ts';
import { peakOf } from './peak.ts';

/** What the clock said of a run's steps, in ms; null before the first. */
export interface Pace { stepMs: number; waitMs: number | null; encodeMs: number }

/** Repetitions of one measurement: at least one, none is begun after so many ms. */
const REPEATS = 5;
const COARSE_REPEATS = 40;
const ENOUGH_MS = 1500;
const BUFFERS = 8;

/** Profiles a step of a trainer between two of its steps, without a trace in them. Throws GpuError. */
export async function profileRun(gpu: Gpu, trainer: Trainer, config: Config, step: number, pace: Pace | null): Promise<ProfileReport> {
  gpu.device.pushErrorScope('out-of-memory');
  const made = await measure(gpu, trainer, config, step, pace).then(report => ({ report }), (error: unknown) => ({ error }));
  const full = await gpu.device.popErrorScope();
  if ('error' in made) throw made.error;
  if (full) throw new GpuError('The GPU has no room for measuring beside this run: stop the run, or choose a smaller micro-batch, width or depth.');
  return made.report;
}

async function measure(gpu: Gpu, trainer: Trainer, config: Config, step: number, pace: Pace | null): Promise<ProfileReport> {
  const { allocated } = gpu;
  const buffers = gpu.largest(BUFFERS);
  const peak = await peakOf(gpu);
  const replay = await trainer.replay(schedulesAt(config, Math.min(step, config.steps - 1)));
  try {
    const { kernels, coarse } = await kernelsOf(gpu, replay);
    let gpuMs = 0;
    for (const { replay: part, times } of replay.parts) gpuMs += times * await fastest(() => part.time(1));
    return {
      device: gpu.name, step, images: config.batchSize, kernels, gpuMs, coarse, peak, bytes: allocated, buffers,
      stepMs: pace?.stepMs ?? null, waitMs: pace?.waitMs ?? null, encodeMs: pace?.encodeMs ?? null,
      dispatches: kernels.reduce((n, k) => n + k.count, 0), submits: trainer.step.submits,
    };
  } finally {
    replay.destroy();
  }
}

async function kernelsOf(gpu: Gpu, { parts }: StepReplay): Promise<{ kernels: KernelProfile[]; coarse: boolean }> {
  const stamped = gpu.device.features.has('timestamp-query');
  const kernels = new Map<string, KernelProfile>();
  let coarse = false;
  for (const { replay, times } of parts) {
    const timed = stamped ? await timesOf(replay) : null;
    coarse ||= timed?.coarse ?? false;
    replay.work().forEach(({ kernel, use, flops, bytes }, i) => {
      const key = `${kernel} ${use}`;
      const k = kernels.get(key) ?? { kernel, use, count: 0, milliseconds: stamped ? 0 : null, flops: 0, bytes: 0 };
      kernels.set(key, {
        kernel, use, count: k.count + times, flops: k.flops + times * flops, bytes: k.bytes + times * bytes,
        milliseconds: timed ? k.milliseconds! + times * timed.nanoseconds[i]! / 1e6 : null,
      });
    });
  }
  const order = (k: KernelProfile) => k.milliseconds ?? k.flops + k.bytes;
  return { kernels: [...kernels.values()].sort((a, b) => order(b) - order(a)), coarse };
}

/** Of each dispatch: the fastest of some runs, or the mean of many where the timestamps are too coarse for one. */
async function timesOf(replay: Replay): Promise<{ nanoseconds: number[]; coarse: boolean }> {
  const runs: number[][] = [];
  let coarse = false;
  const start = performance.now();
  do {
    const times = (await replay.profile()).map((d: DispatchTime) => Math.max(0, d.nanoseconds));
    runs.push(times);
    // Browsers may round timestamps to some 0.1 ms: short dispatches then take no time, or that much.
    coarse ||= times.includes(0) && times.every(t => t === 0 || t > 20_000);
  } while (runs.length < (coarse ? COARSE_REPEATS : REPEATS) && performance.now() - start < ENOUGH_MS);
  const of = (i: number) => runs.map(times => times[i]!);
  const nanoseconds = runs[0]!.map((_, i) => coarse ? of(i).reduce((a, b) => a + b) / runs.length : Math.min(...of(i)));
  return { nanoseconds, coarse };
}

async function fastest(time: () => Promise<number>): Promise<number> {
  const start = performance.now();
  let best = Infinity;
  for (let i = 0; i < REPEATS && (i === 0 || performance.now() - start < ENOUGH_MS); i++) best = Math.min(best, await time());
  return best;
}

/** A view with everything that takes time: most of the batches of a run have some of each. */
const recipe = (side: number): ViewRecipe => ({
  crop: { left: 0, top: 0, width: side, height: side }, flip: false, gray: false, blurSigma: 1, solarize: false,
  color: [{ step: 'brightness', factor: 1.2 }, { step: 'contrast', factor: 0.9 }, { step: 'saturation', factor: 1.1 }, { step: 'hue', factor: 0.05 }],
});

/** Profiles a step of a configuration on noise in place of images, with weights of its own. Throws GpuError. */
export async function profileNoise(gpu: Gpu, config: Config): Promise<ProfileReport> {
  const rng = new Rng(config.seed);
  const trainer = await Trainer.create(gpu, config, rng);
  try {
    const side = Math.round(1.5 * config.imageSize);
    const picture = { width: side, height: side, data: Uint8ClampedArray.from({ length: 4 * side * side }, () => 256 * rng.next()) };
    const pictures = Array.from({ length: config.batchSize }, () => picture);
    const recipes = pictures.map(() => Array.from({ length: 2 + config.localViews }, () => recipe(side)));
    const schedules = schedulesAt(config, 0);
    let encode = Infinity;
    const once = async () => {
      const start = performance.now();
      const { numbers, encodeMs } = await trainer.train(pictures, recipes, schedules, { masks: rng, dropPath: rng });
      await numbers;
      encode = Math.min(encode, encodeMs);
      return performance.now() - start;
    };
    await once(); // makes room for the pictures
    encode = Infinity;
    const stepMs = await fastest(once);
    return { ...await profileRun(gpu, trainer, config, 0, { stepMs, waitMs: null, encodeMs: encode }), step: null };
  } finally {
    trainer.destroy();
  }
}

/** The same on a device of its own. */
export async function profileConfig(config: Config): Promise<ProfileReport> {
  const gpu = await Gpu.open();
  try {
    return await profileNoise(gpu, config);
  } finally {
    gpu.destroy();
  }
}
