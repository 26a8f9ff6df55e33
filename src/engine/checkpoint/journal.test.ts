import { expect, test } from 'vitest';
import { exampleRun } from '#testing/example-run.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { appendRecords, decodeRecords, encodeRecords, JOURNAL, type JournalRecord, slotName, slotSequence } from './journal.ts';

const { config, dataset } = exampleRun(0);
const about = (name: string): JournalRecord => ({ kind: 'about', about: { name, started: 5, config, dataset } });
const checkpoint = (sequence: number): JournalRecord => ({ kind: 'checkpoint', checkpoint: { sequence, file: slotName(sequence), step: 10 * sequence, written: 7, bytes: 99 } });
const records = [about('Cats "ü"'), checkpoint(1), checkpoint(2), { kind: 'removed' } as const];

test('records are read back in their order', () => {
  const bytes = encodeRecords(records);
  expect(decodeRecords(bytes.buffer)).toEqual({ records, end: bytes.length });
  expect(decodeRecords(new ArrayBuffer())).toEqual({ records: [], end: 0 });
});

test('cut anywhere, the records before the cut count', () => {
  const bytes = encodeRecords(records);
  const ends = records.map((_, i) => encodeRecords(records.slice(0, i + 1)).length);
  for (let cut = 0; cut < bytes.length; cut++) {
    const whole = ends.filter(end => end <= cut).length;
    expect(decodeRecords(bytes.slice(0, cut).buffer)).toEqual({ records: records.slice(0, whole), end: ends[whole - 1] ?? 0 });
  }
});

test('a flipped bit costs the record that it is in, and no other', () => {
  const bytes = encodeRecords(records);
  const ends = records.map((_, i) => encodeRecords(records.slice(0, i + 1)).length);
  for (let at = 0; at < bytes.length; at += 3) {
    const copy = bytes.slice();
    copy[at]! ^= 1 << at % 8;
    const hit = ends.findIndex(end => at < end);
    expect(decodeRecords(copy.buffer).records).toEqual(records.filter((_, i) => i !== hit));
  }
});

test('a kind that a later program added, or nonsense with a right sum, is passed over', () => {
  const odd = [{ kind: 'mood' }, { kind: 'checkpoint', checkpoint: { sequence: -1 } }, { kind: 'about', about: 7 }, null, checkpoint(3)] as JournalRecord[];
  expect(decodeRecords(encodeRecords(odd).buffer).records).toEqual([checkpoint(3)]);
});

test('what a failed attempt left behind the end never counts', async () => {
  const disk = new FakeDisk();
  const end = await appendRecords(disk, 'a', 0, [about('x')]);
  await appendRecords(disk, 'a', end, [about('a long name, so that the next record ends before it does'), checkpoint(1), checkpoint(2)]);
  const last = await appendRecords(disk, 'a', end, [checkpoint(9)]);
  expect(decodeRecords(await disk.read('a', JOURNAL))).toEqual({ records: [about('x'), checkpoint(9)], end: last });
});

test('a file\'s name is its sequence', () => {
  expect(slotName(12)).toBe('00000012.safetensors');
  for (const n of [1, 99_999_999, 100_000_000]) expect(slotSequence(slotName(n))).toBe(n);
  for (const name of ['journal', '00000000.safetensors', '1.safetensors', '00000001.safetensors.crswap']) expect(slotSequence(name)).toBeNull();
});
