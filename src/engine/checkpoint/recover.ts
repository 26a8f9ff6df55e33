/** A run as it is found on disk, and what is left of one after a crash. */
import { decodeSnapshot } from './decode.ts';
import type { Disk } from './disk.ts';
import { NewerVersionError } from './errors.ts';
import { type About, appendRecords, type Checkpoint, decodeRecords, JOURNAL, type JournalRecord, slotSequence } from './journal.ts';
import type { RunSnapshot } from './snapshot.ts';

export interface Run {
  id: string;
  about: About;
  /** In the order in which they were written. */
  checkpoints: Checkpoint[];
  /** The highest that was ever used. */
  sequence: number;
  /** Where the journal's next record goes. */
  end: number;
}

interface Found { about: About | null; checkpoints: Checkpoint[]; orphans: Checkpoint[]; broken: string[]; removed: boolean; sequence: number; end: number }

/** Holds journal and files against each other. A checkpoint counts when its file has the length that the journal says. */
async function find(disk: Disk, id: string): Promise<Found> {
  const sizes = await disk.files(id);
  const { records, end } = decodeRecords(sizes.has(JOURNAL) ? await disk.read(id, JOURNAL) : new ArrayBuffer());
  const known = new Map(records.flatMap(r => r.kind === 'checkpoint' ? [[r.checkpoint.file, r.checkpoint] as const] : []));
  const found: Found = { about: null, checkpoints: [], orphans: [], broken: [], removed: records.some(r => r.kind === 'removed'), sequence: 0, end };
  for (const r of records) if (r.kind === 'about') found.about = r.about;
  for (const { sequence } of known.values()) found.sequence = Math.max(found.sequence, sequence);
  for (const [file, bytes] of sizes) {
    const sequence = slotSequence(file);
    if (sequence === null) continue;
    found.sequence = Math.max(found.sequence, sequence);
    const checkpoint = known.get(file);
    if (!checkpoint) found.orphans.push({ sequence, file, bytes, step: 0, written: 0 });
    else if (checkpoint.bytes === bytes) found.checkpoints.push(checkpoint);
    else found.broken.push(file);
  }
  found.checkpoints.sort((a, b) => a.sequence - b.sequence);
  return found;
}

/** What can be shown of a run without changing anything; null where nothing can. */
export async function readRun(disk: Disk, id: string): Promise<Run | null> {
  const { about, checkpoints, removed, sequence, end } = await find(disk, id);
  if (removed || !checkpoints.length) return null;
  const known = about ?? await describe(disk, id, checkpoints);
  return known && { id, about: known, checkpoints, sequence, end };
}

/**
 * Puts a run's folder in order and returns what it holds, or null: a removal that was begun is finished; files cut short go;
 * whole ones that the journal doesn't know are added to it (they were written right before a crash, or their record was
 * damaged); a lost description is taken from the newest checkpoint. May itself be cut short anywhere.
 */
export async function recoverRun(disk: Disk, id: string): Promise<Run | null> {
  const found = await find(disk, id);
  const { checkpoints } = found;
  if (found.removed) {
    await discardRun(disk, id);
    return null;
  }
  for (const file of found.broken) await discard(disk, id, file);
  const records: JournalRecord[] = [];
  let { about } = found;
  let foreign = false;
  for (const orphan of found.orphans.sort((a, b) => a.sequence - b.sequence)) {
    const snapshot = await readOrNull(disk, id, orphan.file);
    if (snapshot === 'newer') foreign = true;
    else if (!snapshot) await discard(disk, id, orphan.file);
    else {
      const checkpoint = { ...orphan, step: snapshot.step, written: snapshot.written };
      checkpoints.push(checkpoint);
      records.push({ kind: 'checkpoint', checkpoint });
    }
  }
  checkpoints.sort((a, b) => a.sequence - b.sequence);
  // The rest of a save that was cut short after its record: the older checkpoint of a step makes way.
  for (const older of checkpoints.filter((c, i) => checkpoints.some((d, j) => j > i && d.step === c.step))) {
    checkpoints.splice(checkpoints.indexOf(older), 1);
    await discard(disk, id, older.file);
  }
  if (!about) {
    about = await describe(disk, id, checkpoints);
    if (about) records.unshift({ kind: 'about', about });
    else if (checkpoints.length) return null;
  }
  if (!about || !checkpoints.length) {
    if (!foreign) await discardRun(disk, id);
    return null;
  }
  const end = records.length ? await appendRecords(disk, id, found.end, records) : found.end;
  return { id, about, checkpoints, sequence: found.sequence, end };
}

/** Null where it is no whole checkpoint. */
async function readOrNull(disk: Disk, id: string, file: string): Promise<RunSnapshot | 'newer' | null> {
  const bytes = await disk.read(id, file);
  return decodeSnapshot(bytes).catch((e: unknown) => e instanceof NewerVersionError ? 'newer' : null);
}

/** What the newest checkpoint that can be read says of its run. */
async function describe(disk: Disk, id: string, checkpoints: readonly Checkpoint[]): Promise<About | null> {
  for (const { file } of checkpoints.toReversed()) {
    const snapshot = await readOrNull(disk, id, file);
    if (snapshot && snapshot !== 'newer') return { name: snapshot.name, started: snapshot.started, config: snapshot.config, dataset: snapshot.dataset };
  }
  return null;
}

/**
 * Removes a checkpoint for good. It is emptied first: a removal that a crash undid would otherwise bring it back, and with it
 * perhaps a run that a person removed.
 */
export async function discard(disk: Disk, id: string, file: string): Promise<void> {
  try {
    const open = await disk.open(id, file);
    try {
      open.truncate(0);
      open.flush();
    } finally {
      open.close();
    }
  } finally {
    await disk.remove(id, file);
  }
}

/** The checkpoints first: as long as the journal says that the run was removed, the next start goes on with it. */
export async function discardRun(disk: Disk, id: string): Promise<void> {
  for (const file of (await disk.files(id)).keys()) if (slotSequence(file) !== null) await discard(disk, id, file);
  await disk.remove(id);
}
