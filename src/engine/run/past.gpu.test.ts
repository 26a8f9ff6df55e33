/** Views of a run as it was: what a checkpoint shows is what was shown live, and the run doesn't notice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { TrainerEvent } from '#contract/trainer.ts';
import { RunStore } from '#engine/checkpoint/run-store.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { Library } from './library.ts';
import { TrainerService } from './service.ts';
import { untrainedWeights } from './teacher.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 24, localSize: 8, patchSize: 4, embedDim: 24, depth: 2, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 2, steps: 5000, kernels: 'fixed', lr: 0.01, lrWarmup: 0, teacherInit: 'seed',
};

const disk = new FakeDisk();
const service = new TrainerService(new Library(async () => disk, `test ${crypto.randomUUID()}`));
const waiting: { test: (e: TrainerEvent) => boolean; resolve: () => void }[] = [];
const heard = (test: (e: TrainerEvent) => boolean) => new Promise<void>(resolve => { waiting.push({ test, resolve }); });
beforeAll(async () => {
  await service.subscribe(told => { for (const e of told) for (const w of waiting) if (w.test(e)) w.resolve(); });
  await service.loadSample(20, 1);
  await service.estimate(structuredClone(CONFIG));
});
afterAll(() => service.stop());

/** A new run, looked at as it is now. */
async function start(keep = true): Promise<void> {
  await service.lookAt(null);
  await service.start(structuredClone(CONFIG), keep);
}

/** All that is seen, but for what it cost: that differs. */
async function seen() {
  const views = [await service.attention(3, 1), await service.attention(3, 0, 8), await service.similarity([3, 4, 5], 14), await service.matches(3, null, 1), await service.matches(3, 5, 1), (await service.nearest(3, 14))!];
  return views.map(view => ({ ...view, costMs: 0 }));
}

async function stepTo(step: number, from = 0): Promise<void> {
  for (let i = from; i < step; i++) await service.singleStep();
  await service.save();
}

test('the view of a checkpoint is the one that was taken live, bit for bit, in whichever order they are asked for', async () => {
  const untrained = await seen();
  await start();
  const live = new Map([[0, await seen()]]);
  expect(live.get(0)).toEqual(untrained);
  for (const [step, from] of [[3, 0], [5, 3]] as const) {
    await stepTo(step, from);
    live.set(step, await seen());
  }
  await stepTo(6, 5);
  const now = await seen();
  expect(now[0]).toMatchObject({ step: 6 });
  for (const step of [3, 0, 5, 0, 3]) {
    await service.lookAt(step);
    expect(await seen()).toEqual(live.get(step));
  }
  await service.lookAt(7);
  expect(await seen()).toEqual(now);
  await service.lookAt(null);
  expect(await seen()).toEqual(now);
});

test('the run goes on as if nobody had looked back', async () => {
  const ends = [];
  for (const looks of [true, false]) {
    await start();
    await stepTo(2);
    if (looks) {
      await service.lookAt(0);
      await seen();
    }
    await stepTo(4, 2);
    await service.lookAt(null);
    ends.push(await seen());
  }
  expect(ends[0]).toEqual(ends[1]);
});

test('components hold still from frame to frame, and from the last frame to now', async () => {
  await start();
  for (let step = 1; step <= 4; step++) await stepTo(step, step - 1);
  const cosine = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((s, v, i) => i % 3 === 0 ? s + v * y[i]! : s, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  await service.lookAt(1);
  let before = await service.components([3, 4], false, false);
  for (const step of [2, 3, null, 3, 2, 1]) {
    await service.lookAt(step);
    const frame = await service.components([3, 4], false, false);
    expect(frame.step).toBe(step ?? 4);
    expect(cosine(before.components, frame.components)).toBeGreaterThan(0.8);
    before = frame;
  }
});

test('a run that isn\'t kept can be seen untrained; so can a copy whose first checkpoint is a later one', async () => {
  const kept = await disk.folders();
  await start(false);
  const untrained = await seen();
  await service.singleStep();
  await service.lookAt(0);
  expect(await seen()).toEqual(untrained);
  expect(await disk.folders()).toEqual(kept);

  await start();
  await stepTo(2);
  await stepTo(3, 2);
  const [run] = await service.runs();
  await service.resumeRun(run!.id, 2);
  await service.singleStep();
  await service.lookAt(1);
  expect(await seen()).toEqual(untrained);
  // Its head, which these views don't show, is the one that a run starts with as well.
  const { weights } = (await (await RunStore.open(disk, { readOnly: true })).teacher(run!.id, 0))!;
  expect(untrainedWeights(CONFIG)).toEqual(weights);
});

test('a checkpoint that is damaged or gone: it says so, and the rest can be seen', async () => {
  await start();
  await stepTo(2);
  await stepTo(4, 2);
  const [run] = await service.runs();
  expect(run!.checkpoints.map(c => c.step)).toEqual([0, 1, 2, 3, 4]); // a single step ends in a pause, which is kept
  disk.damage(run!.id, '00000003.safetensors', bytes => bytes.slice(0, 50));
  await service.lookAt(2);
  await expect(service.attention(3, 1)).rejects.toMatchObject({ name: 'FormatError' });
  await service.lookAt(0);
  expect(await service.attention(3, 1)).toMatchObject({ step: 0 });
  await service.lookAt(null);
  expect(await service.attention(3, 1)).toMatchObject({ step: 4 });
  await service.lookAt(2);
  await service.removeRun(run!.id);
  expect(await service.attention(3, 1)).toMatchObject({ step: 0 });
});

test('frames come while it trains, and the checkpoints that it writes meanwhile become frames', async () => {
  await start();
  await stepTo(2);
  const early = (await service.attention(3, 1)).maps;
  const moving = heard(e => e.type === 'steps' && e.reports.some(r => r.step >= 5));
  await service.resume();
  await moving;
  await service.lookAt(2);
  expect(await service.attention(3, 1)).toMatchObject({ step: 2, maps: early });
  const saved = heard(e => e.type === 'saved' && e.step > 5);
  await service.save();
  await saved;
  const { step } = (await service.runs())[0]!.checkpoints.at(-1)!;
  const later = heard(e => e.type === 'steps' && e.reports.some(r => r.step > step + 3));
  await later;
  await service.lookAt(step);
  expect((await service.attention(3, 1)).step).toBe(step);
  await service.lookAt(null);
  expect((await service.attention(3, 1)).step).toBeGreaterThan(step);
  await service.pause();
});
