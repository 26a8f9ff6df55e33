/** How long a checkpoint takes; run by name, with `--reporter verbose` to see the figures. */
import { wrap } from 'comlink';
import { expect, test } from 'vitest';
import type { StoreWorker } from '#testing/store-worker.ts';

const median = (of: number[]) => of.sort((a, b) => a - b)[of.length >> 1]!;

test.each([10, 50, 200])('a run of %i MB is saved and loaded', async (megabytes) => {
  const worker = new Worker(new URL('../../testing/store-worker.ts', import.meta.url), { type: 'module' });
  const api = wrap<StoreWorker>(worker);
  const root = `speed-${crypto.randomUUID()}`;
  try {
    await api.open(root);
    const times: { save: number; load: number; bytes: number }[] = [];
    for (let i = 0; i < 7; i++) times.push(await api.time(megabytes * 1e6 / 4, i));
    const [save, load] = [median(times.map(t => t.save)), median(times.map(t => t.load))];
    console.info(`${(times[0]!.bytes / 1e6).toFixed(1)} MB: saved in ${save.toFixed(0)} ms, loaded in ${load.toFixed(0)} ms (medians of ${times.length})`); // oxlint-disable-line no-console -- the figure is what this is for
    expect(times[0]!.bytes).toBeGreaterThan(megabytes * 1e6);
    await api.remove('example');
  } finally {
    worker.terminate();
    const last = new Worker(new URL('../../testing/store-worker.ts', import.meta.url), { type: 'module' });
    await wrap<StoreWorker>(last).wipe(root);
    last.terminate();
  }
});
