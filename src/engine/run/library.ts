/** The runs kept on this machine, as the worker's verbs see them: opened once, by the one tab that may write. */
import type { RunInfo, StorageReport } from '#contract/runs.ts';
import type { ReportColumns } from '#contract/trainer.ts';
import { messageOf, StateError } from '#lib/errors.ts';
import type { Disk } from '#engine/checkpoint/disk.ts';
import { openOpfs } from '#engine/checkpoint/opfs.ts';
import { RunStore } from '#engine/checkpoint/run-store.ts';
import type { RunSnapshot } from '#engine/checkpoint/snapshot.ts';
import { holdWriterLock, waitForWriterLock } from '#engine/checkpoint/writer-lock.ts';

const CLOSING_MS = 500;

type Opened = { store: RunStore; unavailable: '' } | { store: null; unavailable: string };

export class Library {
  private readonly disk: () => Promise<Disk>;
  private readonly lock: string | undefined;
  private opened: Promise<Opened> | null = null;
  private readOnly = false;
  /** Called when the tab that wrote is gone and this one may. */
  onWriter = (): void => {};

  /** Tabs that share a disk share a lock. */
  constructor(disk: () => Promise<Disk> = openOpfs, lock?: string) {
    this.disk = disk;
    this.lock = lock;
  }

  private open(): Promise<Opened> {
    this.opened ??= this.begin().catch((e: unknown): Opened => ({ store: null, unavailable: messageOf(e) }));
    return this.opened;
  }

  private async begin(): Promise<Opened> {
    const disk = await this.disk();
    // The tab before may just be closing, the worker before just be ended.
    this.readOnly = await holdWriterLock(this.lock, CLOSING_MS) === null;
    if (this.readOnly) void waitForWriterLock(undefined, this.lock).then(() => this.write(disk)).catch(() => {});
    return { store: await RunStore.open(disk, { readOnly: this.readOnly }), unavailable: '' };
  }

  private async write(disk: Disk): Promise<void> {
    this.opened = RunStore.open(disk).then(store => ({ store, unavailable: '' as const }), (e: unknown) => ({ store: null, unavailable: messageOf(e) }));
    await this.opened;
    this.readOnly = false;
    this.onWriter();
  }

  private async store(): Promise<RunStore> {
    const { store, unavailable } = await this.open();
    if (!store) throw new StateError(unavailable);
    return store;
  }

  /** Where a run that starts now is kept; null where nothing can be. Throws StateError in a tab that may only look. */
  async writer(): Promise<RunStore | null> {
    const { store } = await this.open();
    if (this.readOnly) throw new StateError('Glimpse is open in another tab, and one tab trains at a time. Go on there, or close that tab and press Train again.');
    return store;
  }

  async report(): Promise<StorageReport> {
    const { store, unavailable } = await this.open();
    return store ? store.report() : { unavailable, readOnly: false, persistent: false, used: 0, quota: 0, budget: 0 };
  }

  async list(): Promise<RunInfo[]> {
    const { store } = await this.open();
    return store ? store.list() : [];
  }

  /** The newest checkpoint that can be read. Of an earlier step: a copy of the run that ends there. */
  async load(id: string, step?: number): Promise<{ snapshot: RunSnapshot; remarks: string[] }> {
    const store = await this.store();
    const { snapshot, broken } = await store.load(step === undefined ? id : await store.duplicate(id, step));
    return { snapshot, remarks: broken.map(b => `The checkpoint of step ${b.step} is damaged and was left out: ${b.reason}`) };
  }

  async reports(id: string): Promise<ReportColumns> {
    return (await this.store()).reports(id);
  }

  async rename(id: string, name: string): Promise<void> {
    await (await this.store()).rename(id, name);
  }

  async duplicate(id: string): Promise<string> {
    return (await this.store()).duplicate(id);
  }

  async remove(id: string): Promise<void> {
    await (await this.store()).remove(id);
  }

  async export(id: string): Promise<ArrayBuffer> {
    return (await this.store()).exportRun(id);
  }

  async import(file: Blob): Promise<RunInfo> {
    return (await this.store()).importRun(await file.arrayBuffer());
  }
}
