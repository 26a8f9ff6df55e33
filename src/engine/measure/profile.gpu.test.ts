import { expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { kernelRows, stepTotals } from '#contract/profile.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { tilesOf } from '#engine/ops/tiles.ts';
import { profileNoise } from './profile.ts';

/** Every image masked by exactly half, so that the estimate knows the number of rows. */
const CONFIG: Config = {
  ...preset('tiny'), imageSize: 64, localSize: 32, patchSize: 8, embedDim: 64, depth: 2, numHeads: 4, headHidden: 64, headBottleneck: 32, prototypes: 256,
  localViews: 2, batchSize: 4, microBatch: 2, maskedImages: 1, maskRatio: [0.5, 0.5],
};

async function profiled(gpu: Gpu, config = CONFIG) {
  const before = gpu.allocated;
  const p = await profileNoise(gpu, config);
  expect(gpu.allocated).toBe(before);
  return p;
}

test('every kernel of a step is timed; shares of the peak and of the step are such', async () => {
  const gpu = await Gpu.open();
  const p = await profiled(gpu);
  gpu.destroy();
  const count = (kernel: string) => p.kernels.filter(k => k.kernel === kernel).reduce((n, k) => n + k.count, 0);
  // In both micro-batches: teacher and student forward in two blocks, student backward; one update.
  expect(count('attention_forward')).toBe(8);
  expect(count('attention_backward_key')).toBe(4);
  expect(count('view_finish')).toBe(2);
  expect(count('adamw_ema')).toBe(1);
  expect(p.submits).toBe(2);
  expect(p.dispatches).toBe(p.kernels.reduce((n, k) => n + k.count, 0));

  const { flops, ofPeak } = stepTotals(p);
  expect(flops / estimateCost(CONFIG).flopsPerStep).toBeGreaterThan(0.95);
  expect(flops / estimateCost(CONFIG).flopsPerStep).toBeLessThan(1.05);
  expect(ofPeak).toBeGreaterThan(0);
  expect(ofPeak).toBeLessThan(1.2);
  const rows = kernelRows(p);
  for (const r of rows.filter(row => row.measure === 'operations')) {
    expect(r.ofPeak, r.name).toBeGreaterThan(0);
    expect(r.ofPeak, r.name).toBeLessThan(1.2);
  }
  expect(rows.reduce((sum, r) => sum + r.share!, 0)).toBeCloseTo(1, 6);
  // The pieces are the fastest of several runs; the clock also counts what lies between them.
  expect(p.kernels.reduce((ms, k) => ms + k.milliseconds!, 0)).toBeLessThan(1.2 * p.stepMs!);
  expect(p.encodeMs).toBeGreaterThan(0);
  expect(p.encodeMs).toBeLessThan(p.stepMs!);
  expect(p.bytes).toBeGreaterThanOrEqual(p.buffers.reduce((sum, b) => sum + b.bytes, 0));
  expect(p.buffers.map(b => b.bytes)).toEqual(p.buffers.map(b => b.bytes).sort((a, b) => b - a));
});

test('a device without timestamps gets the step as a whole, counts and work', async () => {
  const gpu = await Gpu.open({ defaultLimits: true });
  expect(gpu.device.features.has('timestamp-query')).toBe(false);
  // What a device without subgroups takes by default SwiftShader compiles for two minutes.
  tilesOf(gpu).forced = 'register 4x4';
  const p = await profiled(gpu, { ...CONFIG, imageSize: 16, localSize: 8, embedDim: 24, depth: 1, numHeads: 2, prototypes: 40, localViews: 1 });
  gpu.destroy();
  expect(p.kernels.every(k => k.milliseconds === null)).toBe(true);
  expect(p.gpuMs).toBeGreaterThan(0);
  expect(stepTotals(p).ofPeak).toBeLessThan(1.2);
  expect(p.kernels.find(k => k.kernel.startsWith('gemm'))?.flops).toBeGreaterThan(0);
});
