/** A worker that keeps runs on the browser's own file system, as the trainer does: synchronous handles exist in workers only. */
import { expose } from 'comlink';
import type { DiskFile } from '#engine/checkpoint/disk.ts';
import { openOpfs } from '#engine/checkpoint/opfs.ts';
import { RunStore } from '#engine/checkpoint/run-store.ts';
import { SNAPSHOT_TENSORS } from '#engine/checkpoint/snapshot.ts';
import { holdWriterLock, waitForWriterLock, type WriterLock } from '#engine/checkpoint/writer-lock.ts';
import { exampleRun } from './example-run.ts';

let store: RunStore;
let lock: WriterLock | null = null;
let held: DiskFile | null = null;

const api = {
  async open(root: string, readOnly = false): Promise<void> {
    store = await RunStore.open(await openOpfs(root), { readOnly });
  },
  save: (step: number, mark: number, words?: number) => store.save(exampleRun(step, mark, words)),
  list: () => store.list(),
  load: (id: string, step?: number) => store.load(id, step),
  teacher: (id: string, step: number) => store.teacher(id, step),
  rename: (id: string, name: string) => store.rename(id, name),
  duplicate: (id: string, step?: number) => store.duplicate(id, step),
  remove: (id: string) => store.remove(id),
  exportRun: (id: string) => store.exportRun(id),
  importRun: (bytes: ArrayBuffer) => store.importRun(bytes),
  report: () => store.report(),
  /** Leaves nothing of it. */
  async wipe(root: string): Promise<void> {
    const disk = await openOpfs(root);
    for (const folder of await disk.folders()) await disk.remove(folder);
    await (await navigator.storage.getDirectory()).removeEntry(root);
  },
  /** Names and sizes of a run's files. */
  files: async (root: string, id: string) => (await openOpfs(root)).files(id),
  read: async (root: string, id: string, file: string) => (await openOpfs(root)).read(id, file),
  /** Keeps a file open for writing. */
  async keepOpen(root: string, id: string, file: string): Promise<void> {
    held = await (await openOpfs(root)).open(id, file);
  },
  letGo: () => held?.close(),
  async hold(name: string): Promise<boolean> {
    lock = await holdWriterLock(name);
    return lock !== null;
  },
  async wait(name: string): Promise<void> {
    lock = await waitForWriterLock(undefined, name);
  },
  async release(): Promise<void> {
    await lock?.release();
    lock = null;
  },
  /** Milliseconds to save and to load a run of so many words in all. */
  async time(words: number, mark: number): Promise<{ save: number; load: number; bytes: number }> {
    // Four buffers and the centers; noise, since zeros may be cheap to store.
    const each = Math.floor(words / 4);
    const run = exampleRun(1000, mark);
    const tensors = new Map(SNAPSHOT_TENSORS.map((key, k) => {
      const data = new Float32Array(key === 'centers' ? 2048 : each);
      let x = mark * 100 + k + 1;
      for (let i = 0; i < data.length; i++) data[i] = (x = Math.imul(x, 1664525) + 1013904223 | 0) / 2 ** 31;
      return [key, data] as const;
    }));
    const start = performance.now();
    const { bytes } = await store.save({ ...run, tensors });
    const saved = performance.now();
    const { broken } = await store.load(run.id);
    if (broken.length) throw new Error(broken[0]!.reason);
    return { save: saved - start, load: performance.now() - saved, bytes };
  },
};

export type StoreWorker = typeof api;

expose(api);
