/** The verbs around the kernels of a run: what is told of them, and a stop while they are measured. */
import { afterEach, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { TrainerEvent } from '#contract/trainer.ts';
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
