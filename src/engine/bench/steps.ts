/** Whole steps: of the compared block, of presets, and of a small network that grows along one axis at a time. */
import { type Config, preset } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { upload } from '#engine/gpu/tensor.ts';
import { initialWeights } from '#engine/model/parameters.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { dropPathFactors } from '#engine/ibot/drop-path.ts';
import { blockMasks } from '#engine/ibot/masking.ts';
import { schedulesAt } from '#engine/ibot/schedule.ts';
import { TrainingStep } from '#engine/ibot/step.ts';
import type { BlockRecord, GrowthPoint, GrowthRecord, StepRecord } from './records.ts';
import { Block } from './block.ts';
import { blockData, blockFlops, PEER_BLOCK } from './block-data.ts';
import { lineFit } from './line-fit.ts';
import { filled } from './memory.ts';
import type { Peak } from '#engine/measure/peak.ts';
import { elementwiseBytes, stepFloor } from './roofline.ts';

type Say = (line: string) => void;
const MiB = 2 ** 20;

/** Something that takes steps: `run` queues one. */
interface Stepper { run: () => void; ms: number; encodeMs: number }

/** A sample takes steps until it takes this long, in ms, but no more than so many: training doesn't wait for each either. */
const [AT_LEAST, AT_MOST] = [50, 20];

/** The least time of a step and of its encoding over rounds in which each takes its turn, after two that don't count. */
async function inTurns(gpu: Gpu, steppers: readonly Stepper[], samples: number): Promise<void> {
  const sample = async (t: Stepper, count: number) => {
    await gpu.device.queue.onSubmittedWorkDone();
    const start = performance.now();
    for (let i = 0; i < count; i++) t.run();
    const encodeMs = (performance.now() - start) / count;
    await gpu.device.queue.onSubmittedWorkDone();
    return { encodeMs, ms: (performance.now() - start) / count };
  };
  const counts: number[] = [];
  for (const t of steppers) {
    await sample(t, 1);
    const { ms } = await sample(t, 1);
    counts.push(Math.max(1, Math.min(AT_MOST, Math.ceil(AT_LEAST / ms))));
  }
  for (let s = 0; s < samples; s++) {
    for (const [i, t] of steppers.entries()) {
      const { ms, encodeMs } = await sample(t, counts[i]!);
      t.ms = Math.min(t.ms, ms);
      t.encodeMs = Math.min(t.encodeMs, encodeMs);
    }
  }
}

export async function measureBlock(gpu: Gpu, samples: number, say: Say): Promise<BlockRecord> {
  const data = blockData(PEER_BLOCK);
  const before = gpu.allocated;
  const start = performance.now();
  const block = await new Block(gpu, data).build();
  block.step();
  await block.loss();
  const firstStepSeconds = (performance.now() - start) / 1000;
  const stepper: Stepper = { run: () => block.step(), ms: Infinity, encodeMs: Infinity };
  await inTurns(gpu, [stepper], Math.max(10, samples));
  const { ms, encodeMs } = stepper;
  const record: BlockRecord = {
    ...PEER_BLOCK, ms, encodeMs, firstStepSeconds, dispatches: block.dispatches, submits: 1, bytes: gpu.allocated - before, flops: blockFlops(PEER_BLOCK),
  };
  block.destroy();
  say(`block: ${ms.toFixed(2)} ms a step, encoding ${encodeMs.toFixed(2)} ms, ${record.dispatches} dispatches, ${(record.bytes / MiB).toFixed(1)} MiB`);
  return record;
}

interface Prepared { config: Config; step: TrainingStep; stepper: Stepper; bytes: number; masked: number }

/** A step of a configuration in one micro-batch, on noise in place of images. */
async function prepare(gpu: Gpu, config: Config): Promise<Prepared> {
  const before = gpu.allocated;
  const step = await new TrainingStep(gpu, config).build();
  const rng = new Rng(config.seed);
  const weights = initialWeights(step.state.layout, config, rng);
  for (const who of [step.state.student, step.state.teacher]) upload(gpu, who, weights);
  const mask = blockMasks(rng, 2 * config.batchSize, step.shape.grid, config);
  const dropPath = dropPathFactors(rng, config, config.batchSize * (2 + config.localViews));
  upload(gpu, step.patches, filled(step.patches.words));
  let taken = 0;
  const run = () => step.run([{ mask, dropPath, fillPatches: () => {} }], schedulesAt(config, taken++));
  return { config, step, bytes: gpu.allocated - before, masked: mask.reduce((n, m) => n + m, 0), stepper: { run, ms: Infinity, encodeMs: Infinity } };
}

/** Batches that a processor can bear, and those of the presets. */
const STEPS = { software: [['tiny', 4], ['balanced', 2]], hardware: [['tiny', 32], ['balanced', 64], ['seed', 64]] } as const;

export async function measureSteps(gpu: Gpu, peak: Peak, productFlops: number, samples: number, say: Say): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (const [name, batch] of STEPS[gpu.software ? 'software' : 'hardware']) {
    const p = await prepare(gpu, { ...preset(name), batchSize: batch, microBatch: 0 });
    try {
      await inTurns(gpu, [p.stepper], samples);
      const { ms, encodeMs } = p.stepper;
      const flops = estimateCost(p.config).flopsPerStep;
      const bytes = elementwiseBytes(p.config, p.masked);
      const floor = stepFloor(flops, bytes, productFlops, peak.bandwidth);
      const ratio = ms / (floor.productMs + floor.elementwiseMs);
      records.push({ preset: name, batch, maskedPatches: p.masked, ms, encodeMs, flops, dispatches: p.step.dispatches, submits: 1, bytes: p.bytes, floor, ratio });
      say(`step of ${name}, batch ${batch}: ${ms.toFixed(1)} ms, ${(flops / ms / 1e6).toFixed(2)} GFLOP/s, ${ratio.toFixed(2)} times its floor, ${p.step.dispatches} dispatches`);
    } finally {
      p.step.destroy();
    }
  }
  return records;
}

const BASE = { imageSize: 32, localSize: 16, patchSize: 4, embedDim: 96, depth: 4, numHeads: 2, prototypes: 1024, batchSize: 4, localViews: 2 };
const HEAD_WIDTH = 48;

/** Values of each axis and what they change. Heads stay as wide as they are. */
const AXES: readonly { axis: string; unit: string; values: readonly number[]; change: (v: number) => Partial<Config> }[] = [
  { axis: 'batch', unit: 'images', values: [2, 4, 8, 12, 16], change: v => ({ batchSize: v }) },
  { axis: 'tokens', unit: 'tokens of a global view', values: [17, 65, 101, 145, 197], change: v => ({ imageSize: 4 * Math.round(Math.sqrt(v - 1)), localSize: 4 * Math.floor(Math.sqrt(v - 1) / 2) }) },
  { axis: 'width', unit: 'channels', values: [48, 96, 144, 192, 288], change: v => ({ embedDim: v, numHeads: v / HEAD_WIDTH }) },
  { axis: 'depth', unit: 'blocks', values: [1, 2, 4, 6, 8], change: v => ({ depth: v }) },
  { axis: 'prototypes', unit: 'prototypes', values: [512, 1024, 2048, 4096, 8192], change: v => ({ prototypes: v }) },
];

export async function measureGrowth(gpu: Gpu, samples: number, say: Say): Promise<{ base: Record<string, number>; axes: GrowthRecord[] }> {
  const axes: GrowthRecord[] = [];
  for (const { axis, unit, values, change } of AXES) {
    const prepared: Prepared[] = [];
    try {
      for (const v of values) prepared.push(await prepare(gpu, { ...preset('tiny'), ...BASE, ...change(v), microBatch: 0 }));
      await inTurns(gpu, prepared.map(p => p.stepper), samples);
      const points = prepared.map((p, i): GrowthPoint => ({ x: values[i]!, ms: p.stepper.ms, bytes: p.bytes, flops: estimateCost(p.config).flopsPerStep }));
      const [x, ms, bytes, flops] = (['x', 'ms', 'bytes', 'flops'] as const).map(key => points.map(p => p[key])) as [number[], number[], number[], number[]];
      axes.push({ axis, unit, points, fits: { ms: lineFit(x, ms), bytes: lineFit(x, bytes), msByFlops: lineFit(flops, ms) } });
      say(`${axis}: ${points.map(p => `${p.x} ${p.ms.toFixed(1)} ms`).join(', ')}; off a line by ${(100 * axes.at(-1)!.fits.ms.residual).toFixed(1)} %`);
    } finally {
      for (const p of prepared) p.step.destroy();
    }
  }
  return { base: BASE, axes };
}
