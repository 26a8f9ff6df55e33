import { proxy, wrap } from 'comlink';
import type { FileFate, TrainerApi, TrainerEvent } from '#contract/trainer.ts';
import { failureOf, fault, outcome } from './page.ts';
import type { IngestEnd } from './protocol.ts';

/** Files handed over, and fates asked for, at once. */
const PORTION = 100;
const PAGE = 2000;

window.glimpseIngest = () => {
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), { type: 'module' });
  return outcome(Promise.race([ingest(worker), failureOf(worker)]));
};

/** What the input element was given goes through the app's worker as a chosen folder does, and each file's fate is told. */
async function ingest(worker: Worker): Promise<IngestEnd> {
  const api = wrap<TrainerApi>(worker);
  const { files } = document.querySelector<HTMLInputElement>('#source')!;
  if (!files || files.length === 0) throw fault('UserError', 'The folder holds no files that the browser can read.');
  const began = performance.now();
  let first: number | null = null;
  await api.subscribe(proxy((events: TrainerEvent[]) => {
    if (events.some(event => event.type === 'preview')) first ??= performance.now() - began;
  }));
  await api.beginLoad();
  for (let at = 0; at < files.length; at += PORTION) {
    const portion = Array.from({ length: Math.min(PORTION, files.length - at) }, (_, i) => files[at + i]!);
    await api.addFiles(portion.map(file => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file })));
  }
  // A folder without one usable image is a result here, not an error.
  const dataset = await api.endLoad('ingest', []).catch((thrown: unknown) => {
    if (thrown instanceof Error && thrown.name === 'EmptyDatasetError') return null;
    throw thrown;
  });
  const seconds = (performance.now() - began) / 1000;
  const counts = { used: 0, skipped: 0, ignored: 0 };
  for (const fate of ['used', 'skipped', 'ignored'] as const) {
    for (let from = 0; ; from += PAGE) {
      const page: FileFate[] = await api.fates(fate, from, PAGE);
      if (page.length === 0) break;
      counts[fate] += page.length;
      await window.glimpseFates(page);
    }
  }
  return {
    ...counts, seconds, firstImageSeconds: first === null ? null : first / 1000,
    hash: dataset?.hash ?? null, classes: dataset?.classes.length ?? 0, pixelBytes: dataset?.bytes ?? 0,
  };
}
