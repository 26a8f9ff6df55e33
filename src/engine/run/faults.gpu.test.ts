/** A GPU without room, one allocation after the other: a message each time, nothing left behind, and a run afterwards. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { sampleDataset } from '#engine/data/sample.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { fittingMicroBatch } from '#engine/ibot/fitting.ts';
import { Session } from './session.ts';
import { prepareKernels } from './tuning.ts';
import { Viewer } from './viewer.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, depth: 2, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 4, microBatch: 2, steps: 6, dropPath: 0.2, koleoWeight: 0, seed: 3, kernels: 'fixed',
};

let gpu: Gpu;
let dataset: Dataset;
beforeAll(async () => {
  gpu = await Gpu.open();
  dataset = await sampleDataset(12, 1, 24);
});
afterAll(() => gpu.destroy());

/** Kernels, run, and a look through its teacher: everything that allocates before and beside the first step. */
async function prepare(): Promise<void> {
  await prepareKernels(gpu, CONFIG);
  const session = await Session.start(gpu, CONFIG, dataset, { state: () => {}, step: () => {} });
  const viewer = new Viewer({ session: () => session, draft: () => CONFIG, kept: async () => null });
  try {
    await viewer.encoder(gpu, await viewer.teacher(gpu), 1);
  } finally {
    viewer.free();
    session.destroy();
  }
}

/** Counts what `act` allocates; the one of this number goes wrong in the given way. */
async function counting(act: () => Promise<void>, wrong = Infinity, how: 'throws' | 'reported' = 'throws'): Promise<number> {
  const { device } = gpu;
  const create = device.createBuffer.bind(device);
  const push = device.pushErrorScope.bind(device);
  const pop = device.popErrorScope.bind(device);
  const scopes: GPUErrorFilter[] = [];
  let count = 0;
  let untold = false;
  device.createBuffer = descriptor => {
    if (++count !== wrong) return create(descriptor);
    if (how === 'throws') throw new RangeError('Array buffer allocation failed');
    untold = true;
    return create(descriptor);
  };
  device.pushErrorScope = filter => {
    scopes.push(filter);
    push(filter);
  };
  device.popErrorScope = async () => {
    const filter = scopes.pop();
    const fault = await pop();
    if (filter !== 'out-of-memory' || !untold || fault) return fault;
    untold = false;
    return new GPUOutOfMemoryError('not enough memory');
  };
  try {
    await act();
  } finally {
    device.createBuffer = create;
    device.pushErrorScope = push;
    device.popErrorScope = pop;
  }
  return count;
}

test.each(['throws', 'reported'] as const)('each of the first 200 allocations fails once (%s)', async how => {
  await prepare();
  const before = gpu.allocated;
  const total = await counting(prepare);
  expect(total).toBeGreaterThan(80);
  expect(gpu.allocated).toBe(before);
  for (let wrong = 1; wrong <= 200; wrong++) {
    // Allocations beyond those of one preparation are those of the next.
    const times = Math.ceil(wrong / total);
    const fault = await counting(async () => {
      for (let i = 0; i < times; i++) await prepare();
    }, wrong, how).catch((e: unknown) => e);
    expect(fault, `allocation ${wrong}`).toMatchObject({ name: 'NoRoomError', message: expect.stringMatching(/^The GPU has no room for .+/) });
    expect(gpu.allocated, `allocation ${wrong}`).toBe(before);
  }
  await prepare();
  expect(gpu.allocated).toBe(before);
}, 300_000);

test('a micro-batch that fits is found by trying', async () => {
  const config = { ...CONFIG, batchSize: 12, microBatch: 0 };
  expect(await fittingMicroBatch(gpu, config)).toBe(12);
  let room = Infinity;
  const { device } = gpu;
  const create = device.createBuffer.bind(device);
  device.createBuffer = descriptor => {
    if (gpu.allocated + descriptor.size > room) throw new RangeError('Array buffer allocation failed');
    return create(descriptor);
  };
  try {
    const bytes = async (most: number) => {
      room = most;
      return fittingMicroBatch(gpu, config);
    };
    expect(await bytes(gpu.allocated + 16)).toBeNull();
    const found = new Set<number | null>();
    for (let most = 2 ** 18; most <= 2 ** 22; most *= 1.1) found.add(await bytes(most));
    // Divisors of the batch alone, and smaller with less room.
    expect([...found].every(m => m === null || 12 % m === 0)).toBe(true);
    expect([...found].filter(m => m !== null)).toEqual([...found].filter(m => m !== null).sort((a, b) => a - b));
    expect(found.size).toBeGreaterThan(4);
  } finally {
    device.createBuffer = create;
  }
});
