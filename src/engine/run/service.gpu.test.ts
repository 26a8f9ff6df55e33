/** The verbs around the kernels of a run: what is told of them, and a stop while they are measured. */
import { afterEach, expect, test, vi } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { RunInfo } from '#contract/runs.ts';
import type { TrainerEvent } from '#contract/trainer.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { Library } from './library.ts';
import { TrainerService } from './service.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, depth: 1, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 2, steps: 2,
};

const forget = () => new Promise<void>((resolve, reject) => {
  const request = indexedDB.deleteDatabase('glimpse-tuning');
  request.addEventListener('success', () => resolve());
  request.addEventListener('error', () => reject(request.error ?? new Error('not deleted')));
});
afterEach(forget);

async function open(onEvent: (e: TrainerEvent) => void = () => {}): Promise<TrainerService> {
  const service = new TrainerService();
  await service.subscribe(events => { for (const e of events) onEvent(e); });
  await service.loadSample(4, 1);
  return service;
}

test('the report is empty before a run, then that of the run prepared last', async () => {
  const service = await open();
  expect(await service.tuning()).toMatchObject({ products: [], milliseconds: 0 });
  await service.start({ ...CONFIG, kernels: 'fixed' });
  const fixed = await service.tuning();
  expect(fixed.mode).toBe('fixed');
  expect(fixed.products.length).toBeGreaterThan(10);
  expect(fixed.products.every(p => p.tile === p.defaultTile && p.splits === p.defaultSplits)).toBe(true);
  await service.start(CONFIG);
  const tuned = await service.tuning();
  expect(tuned).toMatchObject({ mode: 'tuned', forgetful: '', device: fixed.device });
  expect(tuned.milliseconds).toBeGreaterThan(0);
  expect(tuned.products.map(p => p.key)).toEqual(fixed.products.map(p => p.key));
  expect(tuned.products.some(p => p.gflops !== null)).toBe(true);
  await service.stop();
});

test('a stop ends the measuring early, and the run', async () => {
  const states: string[] = [];
  let stopped: Promise<void> | null = null;
  const service = await open(e => {
    if (e.type !== 'state') return;
    states.push(e.state);
    if (e.message?.startsWith('measuring')) stopped ??= service.stop();
  });
  await service.start(CONFIG);
  await stopped;
  expect(stopped).not.toBeNull();
  expect(states.at(-1)).toBe('stopped');
  const { milliseconds, products } = await service.tuning();
  expect(milliseconds).toBeLessThan(3000);
  expect(products.every(p => p.gflops === null)).toBe(true);
});

/** A service that keeps its runs on a disk in memory, with what it told. */
async function keeping(disk = new FakeDisk(), lock = `test ${crypto.randomUUID()}`) {
  const events: TrainerEvent[] = [];
  const waiting: { test: (e: TrainerEvent) => boolean; resolve: (e: TrainerEvent) => void }[] = [];
  const service = new TrainerService(new Library(async () => disk, lock));
  await service.subscribe(told => {
    for (const e of told) {
      events.push(e);
      for (const w of waiting) if (w.test(e)) w.resolve(e);
    }
  });
  await service.loadSample(4, 1);
  const heard = (test: (e: TrainerEvent) => boolean) => new Promise<TrainerEvent>(resolve => { waiting.push({ test, resolve }); });
  return { service, events, disk, heard };
}

const LONG: Config = { ...CONFIG, kernels: 'fixed', steps: 5000 };
const inState = (state: string) => (e: TrainerEvent) => e.type === 'state' && e.state === state;

test('a run is kept from its first moment, at a pause and at the end, and is taken up again where it was', async () => {
  const { service, heard, disk, events } = await keeping();
  await service.start({ ...LONG, steps: 3 });
  const [fresh] = await service.runs();
  expect(fresh).toMatchObject({ dataset: { name: 'Sample of 4', count: 4 }, checkpoints: [{ step: 0 }] });
  const saved = heard(e => e.type === 'saved' && e.step === 1);
  await service.singleStep();
  await saved;
  const second = await keeping(disk);
  const resumed = await second.service.resumeRun(fresh!.id);
  expect(resumed).toMatchObject({ id: fresh!.id, name: fresh!.name, remarks: [] });
  expect(resumed.reports.map(r => r.step)).toEqual([1]);
  const end = second.heard(inState('finished'));
  await service.stop();
  await second.service.resume();
  await end;
  const steps = second.events.flatMap(e => e.type === 'steps' ? e.reports.map(r => r.step) : []);
  expect(steps).toEqual([2, 3]);
  expect(events.filter(e => e.type === 'failure')).toEqual([]);
  await second.service.save();
  expect((await second.service.runs())[0]!.checkpoints.map(c => c.step)).toEqual([0, 1, 3]);
});

test('from an earlier step a copy goes on, so that the run itself stays what it was', async () => {
  const { service } = await keeping();
  await service.start(LONG);
  for (let i = 0; i < 2; i++) {
    await service.singleStep();
    await service.save();
  }
  await service.stop();
  const [{ id }] = await service.runs() as [RunInfo];
  const resumed = await service.resumeRun(id, 1);
  expect(resumed.id).not.toBe(id);
  expect(resumed.reports.map(r => r.step)).toEqual([1]);
  await service.singleStep();
  await service.stop();
  expect((await service.runs()).find(r => r.id === id)!.checkpoints.map(c => c.step)).toEqual([0, 1, 2]);
});

test('other images than the run began with are told, and the run goes on with them', async () => {
  const { service } = await keeping();
  await service.start(LONG);
  await service.singleStep();
  await service.stop();
  const [run] = await service.runs();
  await service.loadSample(6, 1);
  const { remarks } = await service.resumeRun(run!.id);
  expect(remarks).toEqual([expect.stringMatching(/"Sample of 4" had 4 images, "Sample of 6" has 6/)]);
  await service.singleStep();
  await service.stop();
});

test('a lost GPU: the run goes on from its last checkpoint by itself, and nothing is counted twice', async () => {
  const opened = vi.spyOn(Gpu, 'open');
  const { service, heard, events } = await keeping();
  await service.start(LONG);
  const gpu = (await opened.mock.results.at(-1)!.value) as Gpu;
  const third = heard(e => e.type === 'steps' && e.reports.some(r => r.step >= 3));
  await service.resume();
  await third;
  await service.save();
  const rewound = heard(e => e.type === 'rewound');
  const told = heard(e => e.type === 'failure');
  gpu.device.destroy();
  const { step } = await rewound as { step: number };
  expect(await told).toMatchObject({ name: 'GpuLostError', message: expect.stringMatching(new RegExp(`is back. The run goes on from step ${step}\\.$`)) });
  await heard(e => e.type === 'steps' && e.reports.some(r => r.step >= step + 3));
  await service.pause();
  const last = events.findLastIndex(e => e.type === 'rewound');
  const after = events.slice(last).flatMap(e => e.type === 'steps' ? e.reports.map(r => r.step) : []);
  expect(after).toEqual(after.map((_, i) => step + 1 + i));
  expect(opened).toHaveBeenCalledTimes(2);
  opened.mockRestore();
  await service.stop();
});

test('a full disk pauses the run, its last checkpoint is there, and with room it goes on', async () => {
  const { service, disk, heard } = await keeping();
  await service.start(LONG);
  await service.singleStep();
  await service.save();
  disk.quota = (await disk.room()).used;
  const paused = heard(inState('paused'));
  const full = heard(e => e.type === 'failure');
  await service.resume();
  await heard(e => e.type === 'steps');
  await service.save().catch(() => {});
  await service.pause();
  await paused;
  expect(await full).toMatchObject({ name: 'StorageFullError', message: expect.stringMatching(/no room.*free space/s) });
  expect((await service.runs())[0]!.checkpoints.map(c => c.step)).toEqual([0, 1]);
  disk.quota = Infinity;
  await service.singleStep();
  await service.save();
  expect((await service.runs())[0]!.checkpoints.length).toBeGreaterThan(2);
  await service.stop();
});

test('a run that was removed ends, and is gone', async () => {
  const { service } = await keeping();
  await service.start(LONG);
  const [run] = await service.runs();
  await service.removeRun(run!.id);
  expect(await service.runs()).toEqual([]);
  await expect(service.singleStep()).rejects.toMatchObject({ name: 'StateError' });
});

test('a copy, and what is resumed, hold the last step even where it was not written yet', async () => {
  const { service } = await keeping();
  await service.start(LONG);
  const [{ id }] = await service.runs() as [RunInfo];
  await service.singleStep();
  const copy = await service.duplicateRun(id);
  expect((await service.runs()).find(r => r.id === copy)!.checkpoints.map(c => c.step)).toEqual([1]);
  await service.singleStep();
  await service.stop();
  await service.save();
  const columns = await service.runReports(id);
  expect([...columns.step]).toEqual([1, 2]);
  expect(columns.prototypesUsed.every(n => n >= 1)).toBe(true);
  expect((await service.resumeRun(id)).reports.map(r => r.step)).toEqual([1, 2]);
  await service.stop();
});
