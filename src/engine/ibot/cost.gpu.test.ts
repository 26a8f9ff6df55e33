import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { estimateCost } from './cost.ts';
import { TrainingStep } from './step.ts';

let gpu: Gpu;
beforeAll(async () => { gpu = await Gpu.open(); });
afterAll(() => { gpu.device.destroy(); });

const CASES: [string, Config][] = [
  ['tiny', preset('tiny')],
  ['in pieces of one', { ...preset('tiny'), microBatch: 1 }],
  ['deep and narrow, without local crops', { ...preset('tiny'), depth: 12, embedDim: 60, numHeads: 3, localViews: 0, batchSize: 8 }],
  ['wide head, LayerScale', { ...preset('tiny'), headHidden: 1024, headBottleneck: 256, prototypes: 8192, layerScale: 1e-5, batchSize: 8 }],
];

test.each(CASES)('the estimate of memory is what a step allocates, within a quarter: %s', async (_, config) => {
  const before = gpu.allocated;
  const step = await gpu.allocating(async account => new TrainingStep(account, config).reserve());
  const allocated = gpu.allocated - before;
  const largest = gpu.largest(1)[0]!.bytes;
  step.destroy();
  const { bytes, memory, largestBuffer } = estimateCost(config);
  expect(Object.values(memory).reduce((sum, part) => sum + part)).toBe(bytes);
  // Pictures as they are decoded are allocated with the first batch.
  expect((bytes - memory.images) / allocated).toBeGreaterThan(0.75);
  expect((bytes - memory.images) / allocated).toBeLessThan(1.25);
  expect(largestBuffer / largest).toBeGreaterThan(0.75);
  expect(largestBuffer / largest).toBeLessThan(1.25);
});
