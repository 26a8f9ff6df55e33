/**
 * What is known of a run beside its checkpoints: records, one behind another, that are only ever added.
 *
 *   a record   4 bytes "GLJ1", length of the text (u32), CRC-32 of the text (u32), the text (JSON, UTF-8)
 *
 * A record counts when its sum is right. Where one isn't, reading goes on at the next "GLJ1" that begins a good one, so that
 * a damaged record costs itself only; a record cut short by a crash is the last, and is cut off before the next is added.
 */
import type { Config } from '#contract/config.ts';
import type { CheckpointInfo } from '#contract/runs.ts';
import { type Disk, writeFlushed } from './disk.ts';
import { configuration, type Json, record, text, whole, amount } from './fields.ts';

export const JOURNAL = 'journal';

/** What a list of runs shows of one. */
export interface About { name: string; started: number; config: Config; dataset: { name: string; hash: string; count: number } }

/** `sequence` rises from record to record of checkpoints, and is the file's name. */
export interface Checkpoint extends CheckpointInfo { sequence: number; file: string }

export type JournalRecord =
  | { kind: 'about'; about: About }
  | { kind: 'checkpoint'; checkpoint: Checkpoint }
  | { kind: 'removed' };

const MAGIC = new TextEncoder().encode('GLJ1');
const HEAD = 12;

export function encodeRecords(records: readonly JournalRecord[]): Uint8Array<ArrayBuffer> {
  const texts = records.map(r => new TextEncoder().encode(JSON.stringify(r)));
  const bytes = new Uint8Array(texts.reduce((n, t) => n + HEAD + t.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const t of texts) {
    bytes.set(MAGIC, at);
    view.setUint32(at + 4, t.length, true);
    view.setUint32(at + 8, crc32(t), true);
    bytes.set(t, at + HEAD);
    at += HEAD + t.length;
  }
  return bytes;
}

/** The good records in their order, and where the last of them ends. Records of a kind that a later program added are passed over. */
export function decodeRecords(buffer: ArrayBuffer): { records: JournalRecord[]; end: number } {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  const records: JournalRecord[] = [];
  let end = 0;
  for (let at = 0; at + HEAD <= bytes.length;) {
    const length = MAGIC.every((b, i) => bytes[at + i] === b) ? view.getUint32(at + 4, true) : Infinity;
    const body = bytes.subarray(at + HEAD, at + HEAD + length);
    if (body.length !== length || crc32(body) !== view.getUint32(at + 8, true)) {
      at++;
      continue;
    }
    at = end = at + HEAD + length;
    const read = readRecord(new TextDecoder().decode(body));
    if (read) records.push(read);
  }
  return { records, end };
}

function readRecord(body: string): JournalRecord | null {
  try {
    const o = JSON.parse(body) as Json;
    if (o['kind'] === 'removed') return { kind: 'removed' };
    if (o['kind'] === 'about') return { kind: 'about', about: readAbout(record(o['about'], 'about')) };
    if (o['kind'] !== 'checkpoint') return null;
    const c = record(o['checkpoint'], 'checkpoint');
    const sequence = whole(c, 'sequence', 1, Number.MAX_SAFE_INTEGER);
    return { kind: 'checkpoint', checkpoint: { sequence, file: slotName(sequence), step: whole(c, 'step', 0, Number.MAX_SAFE_INTEGER), written: amount(c, 'written'), bytes: whole(c, 'bytes', 0, Number.MAX_SAFE_INTEGER) } };
  } catch {
    // A later program's, or damage that the sum doesn't show: what it said is found in the checkpoints themselves.
    return null;
  }
}

function readAbout(o: Json): About {
  const dataset = record(o['dataset'], 'dataset');
  return {
    name: text(o, 'name'), started: amount(o, 'started'), config: configuration(o, 'config'),
    dataset: { name: text(dataset, 'name'), hash: text(dataset, 'hash'), count: whole(dataset, 'count', 0, 2 ** 32 - 1) },
  };
}

/** Adds records behind `end` and returns the new end. When this resolves they are on disk; when it rejects, none counts (unless even taking them back failed). */
export async function appendRecords(disk: Disk, folder: string, end: number, records: readonly JournalRecord[]): Promise<number> {
  const bytes = encodeRecords(records);
  const file = await disk.open(folder, JOURNAL);
  try {
    if (file.size() !== end) {
      // Left by a crash. It has to be gone first: the rest of a long record behind a short one must never look like one.
      file.truncate(end);
      file.flush();
    }
    try {
      writeFlushed(file, bytes, end);
    } catch (e) {
      file.truncate(end);
      file.flush();
      throw e;
    }
  } finally {
    file.close();
  }
  return end + bytes.length;
}

export const slotName = (sequence: number): string => `${String(sequence).padStart(8, '0')}.safetensors`;

/** The sequence in a slot's name, or null for another file. */
export function slotSequence(file: string): number | null {
  const digits = /^(\d{8,15})\.safetensors$/.exec(file)?.[1];
  return digits && Number(digits) > 0 ? Number(digits) : null;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ n >>> 1 : n >>> 1;
  return n;
});

/** As in zip and PNG. */
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const b of bytes) c = TABLE[(c ^ b) & 255]! ^ c >>> 8;
  return (c ^ 0xffffffff) >>> 0;
}
