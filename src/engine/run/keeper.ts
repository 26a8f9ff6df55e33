/** Writes a run to the store when it is time, and gives it back. */
import type { RunSnapshot, KernelChoice } from '#engine/checkpoint/snapshot.ts';
import type { KeptTeacher } from '#engine/checkpoint/teacher.ts';
import type { Session } from './session.ts';

/** Where runs are kept; null where this browser or tab can't. */
export interface SnapshotStore {
  save(snapshot: RunSnapshot): Promise<unknown>;
  load(id: string): Promise<{ snapshot: RunSnapshot }>;
  teacher(id: string, step: number): Promise<KeptTeacher | null>;
}

export interface Identity { readonly id: string; name: string; readonly started: number }

/** Writing takes no more than one part in so many of the time. */
const LEAST_SHARE = 60;
/** A network changes most at first: until the interval is the shorter, it is written again half as far again, from this step on. */
const FIRST_STEP = 10;
const FURTHER = 1.5;

export class Keeper {
  readonly identity: Identity;
  readonly store: SnapshotStore | null;
  private readonly kernels: KernelChoice[];
  private readonly onSaved: (step: number) => void;
  private readonly now: () => number;
  /** The last snapshot, where there is no store to hold it. */
  private memory: RunSnapshot | null = null;
  private savedStep: number;
  /** The last one that was to be written. */
  private tried: number;
  private ended: number;
  private cost = 0;
  private writing: Promise<void> = Promise.resolve();
  private busy = false;

  /** `savedStep`: of the checkpoint that the run goes on from, -1 for a new run. */
  constructor(identity: Identity, store: SnapshotStore | null, kernels: KernelChoice[], savedStep: number, onSaved: (step: number) => void, now: () => number = () => performance.now()) {
    this.identity = identity;
    this.store = store;
    this.kernels = kernels;
    this.savedStep = this.tried = savedStep;
    this.onSaved = onSaved;
    this.now = now;
    this.ended = now();
  }

  /** Whether a session at this step, with this interval in minutes, should be written now. */
  due(step: number, minutes: number): boolean {
    const since = this.now() - this.ended;
    return !this.busy && since >= LEAST_SHARE * this.cost && (since >= minutes * 60_000 || step >= Math.max(FIRST_STEP, FURTHER * this.tried));
  }

  /** Writes what wasn't written yet; the next call waits for this one. Throws what the store throws; then the last checkpoint stands. */
  save(session: Session): Promise<void> {
    const writing = this.writing.then(() => this.write(session));
    this.writing = writing.catch(() => {});
    return writing;
  }

  private async write(session: Session): Promise<void> {
    if (session.step === this.savedStep) return;
    this.busy = true;
    this.tried = session.step;
    const start = this.now();
    try {
      const snapshot: RunSnapshot = { ...(await session.snapshot()), ...this.identity, kernels: this.kernels, written: Date.now() };
      if (this.store) await this.store.save(snapshot);
      else this.memory = snapshot;
      this.savedStep = snapshot.step;
    } finally {
      this.busy = false;
      this.ended = this.now();
      this.cost = this.ended - start;
    }
    if (this.store) this.onSaved(this.savedStep);
  }

  /** The newest that was written; null where nothing was. */
  async latest(): Promise<RunSnapshot | null> {
    await this.writing;
    if (this.store && this.savedStep >= 0) return (await this.store.load(this.identity.id)).snapshot;
    return this.memory;
  }

  /** The teacher at a step, or at the last checkpoint before it; null where none was written. Throws what the store throws. */
  async teacher(step: number): Promise<KeptTeacher | null> {
    return this.store && this.savedStep >= 0 ? this.store.teacher(this.identity.id, step) : null;
  }
}
