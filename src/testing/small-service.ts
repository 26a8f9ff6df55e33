/** The worker's service as tests of views use it: a small network, sample images, a disk in memory, and what it tells. */
import { afterAll } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { TrainerEvent } from '#contract/trainer.ts';
import { Library } from '#engine/run/library.ts';
import { TrainerService } from '#engine/run/service.ts';
import { FakeDisk } from './fake-disk.ts';

export const CONFIG: Config = {
  ...preset('tiny'), imageSize: 24, localSize: 8, patchSize: 4, embedDim: 24, depth: 2, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 2, steps: 5000, kernels: 'fixed', lr: 0.01, lrWarmup: 0,
};
export const GRID = 6;
export const IMAGES = 40; // two batches of a walk, the second one not full

const services: TrainerService[] = [];
afterAll(() => Promise.all(services.map(s => s.stop())));

/** One with its images, and a network asked about; it is stopped when the tests of the file are over. */
export async function open() {
  const service = new TrainerService(new Library(async () => new FakeDisk(), `test ${crypto.randomUUID()}`));
  services.push(service);
  const events: TrainerEvent[] = [];
  const waiting: { test: (e: TrainerEvent) => boolean; resolve: () => void }[] = [];
  await service.subscribe(told => {
    for (const e of told) {
      events.push(e);
      for (const w of waiting) if (w.test(e)) w.resolve();
    }
  });
  await service.loadSample(IMAGES, 1);
  await service.estimate(CONFIG);
  const heard = (test: (e: TrainerEvent) => boolean) => new Promise<void>(resolve => { waiting.push({ test, resolve }); });
  return { service, events, heard };
}
