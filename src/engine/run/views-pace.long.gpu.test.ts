/** What views take from training while they are open; run by name, with `--reporter verbose` to see the figures. */
import { expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { VIEW_REST } from '#contract/trainer.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { Library } from './library.ts';
import { TrainerService } from './service.ts';

const CONFIG: Config = { ...preset('tiny'), depth: 2, embedDim: 48, localViews: 1, batchSize: 4, steps: 100_000, kernels: 'fixed', checkpointMinutes: 60 };
const IMAGES = 64;
/** Each view is open for so long in turn with none, so many times. */
const OPEN_MS = Number(import.meta.env['VITE_OPEN_MS'] ?? 20_000);
const ROUNDS = 3;

const median = (of: number[]) => of.toSorted((a, b) => a - b)[of.length >> 1]!;
const wait = (ms: number) => new Promise<void>(resolve => { setTimeout(resolve, ms); });

test('no view slows training by a tenth', { timeout: 1_200_000 }, async () => {
  const service = new TrainerService(new Library(async () => new FakeDisk(), `test ${crypto.randomUUID()}`));
  let step = 0;
  const first = new Promise<void>(resolve => {
    void service.subscribe(events => {
      for (const e of events) if (e.type === 'steps') step = e.reports.at(-1)!.step;
      if (step > 5) resolve();
    });
  });
  await service.loadSample(IMAGES, 1);
  await service.start(CONFIG, false);
  await service.resume();
  await first;
  // As the page does: views of some images are asked for every second, less often where they cost much; of the whole dataset when one has come.
  const often = (look: () => Promise<{ costMs: number }>) => async () => { await wait(Math.max(1000, VIEW_REST * (await look()).costMs)); };
  const some = [0, 1, 2, 3, 4, 5];
  const views: Record<string, (() => Promise<unknown>) | null> = {
    none: null,
    attention: often(() => service.attention(0, CONFIG.depth - 1, 0)),
    similarity: often(() => service.similarity(some, 27)),
    parts: often(() => service.components(some, true, false)),
    matches: often(() => service.matches(0, null, 1)),
    patterns: () => service.patterns('patch', 20, 9, true),
    plane: () => service.map('pca', 8, true),
    map: () => service.map('umap', 8, true),
  };
  const pace: Record<string, number[]> = {};
  // Kernels compile at the first look.
  for (const look of Object.values(views)) await look?.();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, look] of Object.entries(views)) {
      const [from, begun] = [step, performance.now()];
      while (performance.now() - begun < OPEN_MS) await (look?.() ?? wait(200));
      (pace[name] ??= []).push((step - from) / (performance.now() - begun) * 1000);
    }
  }
  await service.stop();
  const alone = median(pace['none']!);
  for (const [name, rates] of Object.entries(pace)) {
    const slower = 1 - median(rates) / alone;
    console.info(`${name}: ${median(rates).toFixed(2)} steps/s (${rates.map(r => r.toFixed(2)).join(', ')}), slower by ${(100 * slower).toFixed(1)} %`); // oxlint-disable-line no-console -- the figure is what this is for
    expect(slower, name).toBeLessThan(0.1);
  }
});
