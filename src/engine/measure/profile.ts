/** Where the time of a step goes: GPU time of each kernel against what the device can do, and the step as a whole. */
import type { Config } from '#contract/config.ts';
import type { KernelProfile, ProfileReport } from '#contract/profile.ts';
import { Rng } from '#lib/rng.ts';
import { Gpu, GpuError } from '#engine/gpu/device.ts';
import type { Replay } from '#engine/gpu/program.ts';
import type { ViewRecipe } from '#engine/ops/views.ts';
import { schedulesAt } from '#engine/ibot/schedule.ts';
import { Trainer } from '#engine/ibot/trainer.ts';
import { peakOf } from './peak.ts';

/** What the clock said of a run's steps, in ms; null before the first. */
export interface Pace { stepMs: number; waitMs: number | null; encodeMs: number }

/** Rounds of measuring: at least one, none is begun after so many ms. */
const ROUNDS = 5;
const COARSE_ROUNDS = 40;
const ENOUGH_MS = 2500;
const BUFFERS = 8;

/** Profiles a step of a trainer between two of its steps, without a trace in them. Throws GpuError. */
export function profileRun(gpu: Gpu, trainer: Trainer, config: Config, step: number, pace: Pace | null): Promise<ProfileReport> {
  return measure(gpu, trainer, config, step, () => Promise.resolve(pace));
}

/** `clock` is asked in every round, so that what it says and what the GPU takes are of the same minutes. */
async function measure(gpu: Gpu, trainer: Trainer, config: Config, step: number, clock: () => Promise<Pace | null>): Promise<ProfileReport> {
  gpu.device.pushErrorScope('out-of-memory');
  const made = await report(gpu, trainer, config, step, clock).then(report => ({ report }), (error: unknown) => ({ error }));
  const full = await gpu.device.popErrorScope();
  if ('error' in made) throw made.error;
  if (full) throw new GpuError('The GPU has no room for measuring beside this run: stop the run, or choose a smaller micro-batch, width or depth.');
  return made.report;
}

async function report(gpu: Gpu, trainer: Trainer, config: Config, step: number, clock: () => Promise<Pace | null>): Promise<ProfileReport> {
  const { allocated } = gpu;
  const buffers = gpu.largest(BUFFERS);
  const peak = await peakOf(gpu);
  const replay = await trainer.replay(schedulesAt(config, Math.min(step, config.steps - 1)));
  const stamped = gpu.device.features.has('timestamp-query');
  try {
    const parts = replay.parts.map(part => ({ ...part, gpuMs: Infinity, runs: [] as number[][] }));
    let pace: Pace | null = null;
    let coarse = false;
    const start = performance.now();
    for (let i = 0; i < (coarse ? COARSE_ROUNDS : ROUNDS) && (i === 0 || performance.now() - start < ENOUGH_MS); i++) {
      pace = await clock();
      for (const part of parts) {
        part.gpuMs = Math.min(part.gpuMs, await part.replay.time(1));
        if (stamped) part.runs.push((await part.replay.profile()).map(d => Math.max(0, d.nanoseconds)));
      }
      // Browsers may round timestamps to some 0.1 ms: short dispatches then take no time, or that much.
      const times = parts.flatMap(part => part.runs.flat());
      coarse = times.includes(0) && times.every(t => t === 0 || t > 20_000);
    }
    const kernels = kernelsOf(parts, stamped, coarse);
    return {
      device: gpu.name, step, images: config.batchSize, kernels, coarse, peak, bytes: allocated, buffers,
      gpuMs: parts.reduce((ms, part) => ms + part.times * part.gpuMs, 0),
      stepMs: pace?.stepMs ?? null, waitMs: pace?.waitMs ?? null, encodeMs: pace?.encodeMs ?? null,
      dispatches: kernels.reduce((n, k) => n + k.count, 0), submits: trainer.step.submits,
    };
  } finally {
    replay.destroy();
  }
}

/** Times of a dispatch are its fastest of the rounds, or their mean where timestamps are too coarse for one. */
function kernelsOf(parts: { replay: Replay; times: number; runs: number[][] }[], stamped: boolean, coarse: boolean): KernelProfile[] {
  const kernels = new Map<string, KernelProfile>();
  for (const { replay, times, runs } of parts) {
    replay.work().forEach(({ kernel, use, flops, bytes }, i) => {
      const key = `${kernel} ${use}`;
      const k = kernels.get(key) ?? { kernel, use, count: 0, milliseconds: stamped ? 0 : null, flops: 0, bytes: 0 };
      const own = runs.map(r => r[i]!);
      const nanoseconds = coarse ? own.reduce((a, b) => a + b, 0) / own.length : Math.min(...own);
      kernels.set(key, {
        kernel, use, count: k.count + times, flops: k.flops + times * flops, bytes: k.bytes + times * bytes,
        milliseconds: k.milliseconds === null ? null : k.milliseconds + times * nanoseconds / 1e6,
      });
    });
  }
  const order = (k: KernelProfile) => k.milliseconds ?? k.flops + k.bytes;
  return [...kernels.values()].sort((a, b) => order(b) - order(a));
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
    const best = { stepMs: Infinity, waitMs: null, encodeMs: Infinity };
    // The same masks every time: what is timed again has the tables of the last step.
    const once = async () => {
      const start = performance.now();
      const { numbers, encodeMs } = await trainer.train(pictures, recipes, schedules, { masks: new Rng(config.seed, 1), dropPath: new Rng(config.seed, 2) });
      await numbers;
      best.stepMs = Math.min(best.stepMs, performance.now() - start);
      best.encodeMs = Math.min(best.encodeMs, encodeMs);
      return best;
    };
    await once(); // makes room for the pictures
    return { ...await measure(gpu, trainer, config, 0, once), step: null };
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
