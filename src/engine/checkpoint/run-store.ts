/**
 * Runs on disk. A run is a folder: a file per checkpoint (encode.ts) and a journal (journal.ts).
 *
 * A save writes a new file, flushes, reads it back and compares, and only then adds a record of it to the journal and flushes
 * that: at any moment the newest record whose file is whole is the run. No file is written twice, and none is given up before
 * a newer one counts. What a crash leaves is put in order when the store is opened (recover.ts).
 */
import type { ReportColumns } from '#contract/trainer.ts';
import type { CheckpointInfo, RunInfo, StorageReport } from '#contract/runs.ts';
import { FormatError } from '#formats/safetensors.ts';
import { messageOf } from '#lib/errors.ts';
import { decodeSnapshot } from './decode.ts';
import { type Disk, writeFile } from './disk.ts';
import { encodeSnapshot } from './encode.ts';
import { MissingRunError, NewerVersionError, ReadOnlyError, StorageError, StorageFullError } from './errors.ts';
import { isRunId, MAX_TEXT } from './fields.ts';
import { type About, appendRecords, type Checkpoint, encodeRecords, type JournalRecord, slotName } from './journal.ts';
import { discard, discardRun, readRun, recoverRun, type Run } from './recover.ts';
import type { RunSnapshot } from './snapshot.ts';
import { readReports } from './reports.ts';
import { type KeptTeacher, readTeacher } from './teacher.ts';
import { type Kept, thin } from './thinning.ts';

export interface StoreOptions {
  /** Bytes that all runs together may take before old checkpoints are given up; `defaultBudget` where there is none. */
  budget?: number;
  /** Another tab writes: nothing is changed here, and every call looks again. */
  readOnly?: boolean;
}

export interface Loaded {
  snapshot: RunSnapshot;
  /** Newer checkpoints (than this one, and not newer than asked for) that couldn't be read; for people. Empty where all is well. */
  broken: { step: number; reason: string }[];
}

/** A quarter of what the browser allows, at most 2 GiB. */
export const defaultBudget = (quota: number): number => Math.min(2 * 2 ** 30, Math.floor(quota / 4));

export const newRunId = (): string => crypto.randomUUID();

/** Its methods take turns; each may be called at any time. */
export class RunStore {
  private readonly disk: Disk;
  private readonly readOnly: boolean;
  private readonly budget: number;
  private runs = new Map<string, Run>();
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, budget: number, readOnly: boolean) {
    this.disk = disk;
    this.budget = budget;
    this.readOnly = readOnly;
  }

  /** Finishes what a crash cut short. To be opened for writing by one at a time: see writer-lock.ts. */
  static async open(disk: Disk, { budget, readOnly = false }: StoreOptions = {}): Promise<RunStore> {
    const store = new RunStore(disk, budget ?? defaultBudget((await disk.room()).quota), readOnly);
    await store.look();
    return store;
  }

  /** The run that was written last comes first. */
  list(): Promise<RunInfo[]> {
    return this.inTurn(async () => {
      if (this.readOnly) await this.look();
      const infos = [...this.runs.values()].map(infoOf);
      return infos.sort((a, b) => b.checkpoints.at(-1)!.written - a.checkpoints.at(-1)!.written || (a.id < b.id ? -1 : 1));
    });
  }

  /**
   * Keeps a run as it is now, under its id; an older checkpoint of the same step makes way. When this resolves, it survives
   * any crash; until then the snapshot must not change. The name is taken from the first snapshot only, later ones from `rename`. Throws StorageFullError,
   * StorageError, ReadOnlyError, FormatError (a snapshot that couldn't be read again); then the run is what it was.
   */
  save(snapshot: RunSnapshot): Promise<CheckpointInfo> {
    return this.inTurn(() => this.write(snapshot), true);
  }

  /**
   * The newest checkpoint, or the one of a step. Where it can't be read, the newest before it that can, and `broken` says so.
   * Throws MissingRunError, NewerVersionError.
   */
  load(id: string, step?: number): Promise<Loaded> {
    return this.inTurn(async () => {
      if (this.readOnly) await this.look();
      return this.read(id, step);
    });
  }

  /**
   * The teacher as it was at a step, or at the newest checkpoint before it; null where there is none. Throws MissingRunError,
   * and FormatError where the checkpoint can't be read.
   */
  teacher(id: string, step: number): Promise<KeptTeacher | null> {
    return this.inTurn(async () => {
      if (this.readOnly) await this.look();
      const [newest] = this.find(id).checkpoints.filter(c => c.step <= step).sort((a, b) => b.step - a.step);
      return newest ? readTeacher(this.disk, id, newest) : null;
    });
  }

  /** Of every step up to the newest checkpoint whose reports can be read: a small part of its file. Throws MissingRunError. */
  reports(id: string): Promise<ReportColumns> {
    return this.inTurn(async () => {
      if (this.readOnly) await this.look();
      const { checkpoints } = this.find(id);
      let fault: unknown;
      for (const { file, bytes } of checkpoints.toReversed()) {
        try {
          return await readReports(this.disk, id, file, bytes);
        } catch (e) {
          fault ??= e;
        }
      }
      return missing(`No checkpoint of this run has reports that can be read (${messageOf(fault)}).`);
    });
  }

  /** Throws StorageFullError, MissingRunError, ReadOnlyError. */
  rename(id: string, name: string): Promise<void> {
    return this.inTurn(() => this.add(this.find(id), [], { ...this.find(id).about, name: cleanName(name) }), true);
  }

  /** A new run that begins as this one is, or was at a step. Returns its id. Throws what `load` and `save` do. */
  duplicate(id: string, step?: number): Promise<string> {
    return this.inTurn(async () => {
      const { snapshot } = await this.read(id, step);
      const copy = newRunId();
      await this.write({ ...snapshot, id: copy, name: cleanName(`${snapshot.name.slice(0, MAX_TEXT - 7)} (copy)`) });
      return copy;
    }, true);
  }

  /** Once this resolves the run doesn't come back. Throws StorageFullError, MissingRunError, ReadOnlyError. */
  remove(id: string): Promise<void> {
    return this.inTurn(async () => {
      const run = this.find(id);
      await this.append(run, [{ kind: 'removed' }]);
      this.runs.delete(id);
      await this.discardIfPossible(id);
    }, true);
  }

  /** The newest checkpoint as the bytes of a file. Throws what `load` does. */
  exportRun(id: string): Promise<ArrayBuffer> {
    return this.inTurn(async () => {
      if (this.readOnly) await this.look();
      return encodeSnapshot((await this.read(id)).snapshot);
    });
  }

  /** Under a new id where its own is taken. Throws FormatError, and what `save` does. */
  importRun(bytes: ArrayBuffer): Promise<RunInfo> {
    return this.inTurn(async () => {
      const snapshot = await decodeSnapshot(bytes);
      const taken = this.runs.has(snapshot.id) || (await this.disk.files(snapshot.id)).size > 0;
      const id = taken ? newRunId() : snapshot.id;
      await this.write({ ...snapshot, id });
      return infoOf(this.find(id));
    }, true);
  }

  async report(): Promise<StorageReport> {
    const { used, quota, persistent } = await this.disk.room();
    return { unavailable: '', readOnly: this.readOnly, persistent, used, quota, budget: this.budget };
  }

  /** One after another, whether the one before succeeded or not. */
  private inTurn<T>(act: () => Promise<T>, writes = false): Promise<T> {
    if (writes && this.readOnly) return Promise.reject(new ReadOnlyError());
    const result = this.turn.then(act, act);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async look(): Promise<void> {
    const runs = new Map<string, Run>();
    for (const id of await this.disk.folders()) {
      if (!isRunId(id)) continue;
      // The other tab may be at it: then it is shown as it was.
      const run = this.readOnly ? await readRun(this.disk, id).catch(() => this.runs.get(id) ?? null) : await recoverRun(this.disk, id);
      if (run) runs.set(id, run);
    }
    this.runs = runs;
  }

  private find(id: string): Run {
    return this.runs.get(id) ?? missing('There is no such run any more. Choose another.');
  }

  private async write(snapshot: RunSnapshot): Promise<CheckpointInfo> {
    const known = this.runs.get(snapshot.id) ?? await this.unlisted(snapshot.id);
    const about: About = { name: known?.about.name ?? cleanName(snapshot.name), started: snapshot.started, config: snapshot.config, dataset: snapshot.dataset };
    const bytes = new Uint8Array(await encodeSnapshot({ ...snapshot, name: about.name }));
    const free = await this.free();
    if (free < bytes.length && !await this.giveUpFor(bytes.length - free)) throw new StorageFullError(bytes.length, free);
    const sequence = (known?.sequence ?? 0) + 1;
    const checkpoint: Checkpoint = { sequence, file: slotName(sequence), step: snapshot.step, written: snapshot.written, bytes: bytes.length };
    const run: Run = known ?? { id: snapshot.id, about, checkpoints: [], sequence, end: 0 };
    // A number is never used again: what a failed save left could otherwise be taken for the next one.
    run.sequence = sequence;
    try {
      await this.fullAware(bytes.length, () => this.writeSlot(run.id, checkpoint.file, bytes));
      await this.add(run, [{ kind: 'checkpoint', checkpoint }], about, !known);
    } catch (e) {
      await (known ? this.discardIfPossible(run.id, checkpoint.file) : this.discardIfPossible(run.id));
      throw e;
    }
    const older = run.checkpoints.filter(c => c.step === snapshot.step);
    run.checkpoints = [...run.checkpoints.filter(c => c.step !== snapshot.step), checkpoint];
    this.runs.set(run.id, run);
    for (const { file } of older) await this.discardIfPossible(run.id, file);
    await this.giveUp(this.budget);
    return { step: checkpoint.step, written: checkpoint.written, bytes: checkpoint.bytes };
  }

  /** What lies in the folder of a run that isn't listed: the rest of a save that failed, or what a later program wrote. */
  private async unlisted(id: string): Promise<Run | null> {
    const run = (await this.disk.files(id)).size ? await recoverRun(this.disk, id) : null;
    if (!run && (await this.disk.files(id)).size) throw new StorageError('A run with the same id is kept here that this version of Glimpse can\'t read. Reload the page to get the newest version, then try again.');
    return run;
  }

  /** Adds to a run's journal; what it is about goes first where that is new. */
  private async add(run: Run, records: JournalRecord[], about: About, first = false): Promise<void> {
    const same = !first && JSON.stringify(about) === JSON.stringify(run.about);
    const all: JournalRecord[] = same ? records : [{ kind: 'about', about }, ...records];
    if (!all.length) return;
    await this.append(run, all);
    run.about = about;
  }

  private async append(run: Run, records: readonly JournalRecord[]): Promise<void> {
    run.end = await this.fullAware(encodeRecords(records).length, () => appendRecords(this.disk, run.id, run.end, records));
  }

  private async read(id: string, step?: number): Promise<Loaded> {
    const run = this.find(id);
    const at = step === undefined ? run.checkpoints.length - 1 : run.checkpoints.findLastIndex(c => c.step === step);
    if (at < 0) missing(`This run has no checkpoint of step ${step}; it has ${run.checkpoints.map(c => c.step).join(', ')}. Choose one of these.`);
    const broken: { checkpoint: Checkpoint; reason: string; damaged: boolean }[] = [];
    for (const checkpoint of run.checkpoints.slice(0, at + 1).reverse()) {
      try {
        const snapshot = await decodeSnapshot(await this.disk.read(id, checkpoint.file));
        await this.forget(run, broken.filter(b => b.damaged).map(b => b.checkpoint));
        return { snapshot: { ...snapshot, id, name: run.about.name }, broken: broken.map(b => ({ step: b.checkpoint.step, reason: b.reason })) };
      } catch (e) {
        if (e instanceof NewerVersionError) throw e;
        broken.push({ checkpoint, reason: messageOf(e), damaged: e instanceof FormatError });
      }
    }
    return missing(`None of the ${broken.length} checkpoints of "${run.about.name}" up to there can be read (${broken[0]?.reason}). Import the run again if you exported it, or remove it.`);
  }

  /** A damaged checkpoint must not count among the two that always stay. */
  private async forget(run: Run, damaged: readonly Checkpoint[]): Promise<void> {
    run.checkpoints = run.checkpoints.filter(c => !damaged.includes(c));
    if (!this.readOnly) for (const { file } of damaged) await this.discardIfPossible(run.id, file);
  }

  /** Writes a checkpoint's file; where it finds the disk full, once more without old checkpoints: browsers' estimates can't be relied on. */
  private async writeSlot(id: string, file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await writeFile(this.disk, id, file, bytes);
    } catch (e) {
      if (!isFull(e)) throw e;
      await this.discardIfPossible(id, file);
      if (!await this.giveUpFor(bytes.length)) throw e;
      await writeFile(this.disk, id, file, bytes);
    }
  }

  /** Gives up old checkpoints of so many bytes. Where there aren't as many, gives up none and returns false. */
  private async giveUpFor(bytes: number): Promise<boolean> {
    const kept = this.kept();
    const limit = sum(kept) - bytes;
    if (sum(kept) - sum(thin(kept, limit)) > limit) return false;
    await this.giveUp(limit);
    return true;
  }

  private async giveUp(limit: number): Promise<void> {
    for (const { run: id, sequence } of thin(this.kept(), limit)) {
      const run = this.runs.get(id)!;
      run.checkpoints = run.checkpoints.filter(c => c.sequence !== sequence);
      await this.discardIfPossible(id, slotName(sequence));
    }
  }

  /** A checkpoint or a whole run. Where the disk refuses, nothing is wrong but the room it takes, and the next start tries again. */
  private async discardIfPossible(id: string, file?: string): Promise<void> {
    try {
      await (file === undefined ? discardRun(this.disk, id) : discard(this.disk, id, file));
    } catch {}
  }

  private kept(): Kept[] {
    return [...this.runs.values()].flatMap(run => run.checkpoints.map(({ sequence, step, bytes }) => ({ run: run.id, sequence, step, bytes })));
  }

  /** Turns the browser's "quota exceeded" into a StorageFullError. */
  private async fullAware<T>(needed: number, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (e) {
      throw isFull(e) ? new StorageFullError(needed, await this.free()) : e;
    }
  }

  private async free(): Promise<number> {
    const { used, quota } = await this.disk.room();
    return Math.max(0, quota - used);
  }
}

const isFull = (e: unknown): boolean => (e instanceof Error || e instanceof DOMException) && e.name === 'QuotaExceededError';

function infoOf({ id, about, checkpoints }: Run): RunInfo {
  return { id, ...about, checkpoints: checkpoints.map(({ step, written, bytes }) => ({ step, written, bytes })) };
}

const sum = (kept: readonly { bytes: number }[]): number => kept.reduce((n, k) => n + k.bytes, 0);

function missing(why: string): never {
  throw new MissingRunError(why);
}

/** One line; "Run" where nothing is left. */
const cleanName = (name: string): string => name.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_TEXT) || 'Run';
