import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError, readSafetensors, writeSafetensors } from '#formats/safetensors.ts';
import { Rng } from '#lib/rng.ts';
import { exampleRun } from '#testing/example-run.ts';
import { mutateBytes, mutateText } from '#testing/mutate.ts';
import { decodeSnapshot } from './decode.ts';
import { encodeSnapshot } from './encode.ts';
import { seal } from './seal.ts';
import { FIRST_COLUMNS, REPORT_COLUMNS, type RunSnapshot } from './snapshot.ts';

test('a run is read back as it was, bit for bit', async () => {
  const run = exampleRun(3);
  run.tensors.get('first')!.set([NaN, -0, Infinity, 1e-45]);
  run.reports[1]!.loss = NaN;
  expect(await decodeSnapshot(await encodeSnapshot(run))).toEqual(run);
});

test('a run before its first step has no reports', async () => {
  expect((await decodeSnapshot(await encodeSnapshot(exampleRun(0)))).reports).toEqual([]);
});

test('other programs find the tensors', async () => {
  const { tensors, metadata } = readSafetensors(await encodeSnapshot(exampleRun(2)), ['F64', 'F32', 'U32']);
  expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join(' ')}`).sort()).toEqual([
    'centers F32 7', 'first F32 24', 'order U32 5', 'reports F64 21 2', 'second F32 24', 'student F32 24', 'teacher F32 24',
  ]);
  expect(metadata.get('glimpse_run')).toBe('1');
});

test('a file of version 1 that was written when there was no other is read by every later program', async () => {
  const file = new Uint8Array(readFileSync(new URL('../../testing/fixtures/run-v1.safetensors', import.meta.url)));
  const { config } = JSON.parse(readSafetensors(file.buffer, ['F64', 'F32', 'U32']).metadata.get('run')!) as { config: object };
  const run = await decodeSnapshot(file.buffer);
  // What its program didn't report yet is no number, in every step.
  const since = Object.fromEntries(REPORT_COLUMNS.filter(column => !FIRST_COLUMNS.some(first => first === column)).map(column => [column, NaN]));
  expect(Object.keys(since)).toContain('kl');
  const then = exampleRun(4, 11);
  expect(run).toEqual({ ...then, reports: then.reports.map(report => ({ ...report, ...since })), config: run.config });
  expect(await decodeSnapshot(await encodeSnapshot(run))).toEqual(run);
  expect(run.config).toMatchObject(config);
});

/** The example's file with other notes or numbers, and a checksum that is right. */
async function changed(change: { run?: (run: Record<string, unknown>) => void; metadata?: Record<string, string>; tensors?: (tensors: Map<string, unknown>) => void }): Promise<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(await encodeSnapshot(exampleRun(2)), ['F64', 'F32', 'U32']);
  const run = JSON.parse(metadata.get('run')!) as Record<string, unknown>;
  change.run?.(run);
  change.tensors?.(tensors);
  const bytes = writeSafetensors(tensors, { ...Object.fromEntries(metadata), run: JSON.stringify(run), ...change.metadata });
  await seal(bytes);
  return bytes;
}

test('a minor version adds what an older reader may ignore', async () => {
  const bytes = await changed({ metadata: { glimpse_run: '1.3', mood: 'new' }, run: run => { run['weather'] = { sun: true }; }, tensors: t => t.set('extra', { shape: [1], data: Float32Array.of(1) }) });
  expect(await decodeSnapshot(bytes)).toEqual(exampleRun(2));
});

describe('refuses, with the reason', () => {
  const option = (key: string, value: unknown) => (run: Record<string, unknown>) => { (run['config'] as Record<string, unknown>)[key] = value; };
  const part = (name: string, key: string, value: unknown) => (run: Record<string, unknown>) => { (run[name] as Record<string, unknown>)[key] = value; };
  test.each<[string, Parameters<typeof changed>[0], string, string]>([
    ['a later version', { metadata: { glimpse_run: '2' } }, 'NewerVersionError', 'made by a newer Glimpse'],
    ['a file of something else', { metadata: { glimpse_run: 'x' } }, 'FormatError', 'without a run'],
    ['a note that is no JSON', { metadata: { run: '{' } }, 'FormatError', '"run" is no JSON'],
    ['an option out of range', { run: option('depth', 1e9) }, 'FormatError', 'the option "depth"'],
    ['an option of the wrong type', { run: option('teacherTemp', 'hot') }, 'FormatError', 'the option "teacherTemp"'],
    ['an option that is lists within lists', { run: option('std', [[[1]]]) }, 'FormatError', 'the option "std"'],
    ['a missing option', { run: run => { delete (run['config'] as Record<string, unknown>)['seed']; } }, 'FormatError', 'the option "seed"'],
    ['an id that is a path', { run: run => { run['id'] = '../x'; } }, 'FormatError', '"id"'],
    ['a name without end', { run: run => { run['name'] = 'x'.repeat(1001); } }, 'FormatError', '"name"'],
    ['a time that is none', { run: run => { run['started'] = '1'; } }, 'FormatError', '"started"'],
    ['a step beyond the last', { run: run => { run['step'] = 10_000; } }, 'FormatError', '"step" is no whole number from 0 to 1500'],
    ['reports that are missing', { run: run => { run['step'] = 3; } }, 'FormatError', '2 reports of 3 steps'],
    ['a report of another step', { tensors: t => { (t.get('reports') as { data: Float64Array }).data[0] = 7; } }, 'FormatError', 'report 1 is of step 7'],
    ['a generator of zeros', { run: part('streams', 'masks', [0, 0, 0, 0]) }, 'FormatError', '"masks"'],
    ['a generator of fractions', { run: part('order', 'rng', [1, 2, 3, 0.5]) }, 'FormatError', '"rng"'],
    ['a place beyond the epoch', { run: part('order', 'at', 6) }, 'FormatError', '"at"'],
    ['another number of images', { run: part('dataset', 'count', 6) }, 'FormatError', '5 images, its dataset 6'],
    ['an image that comes twice', { tensors: t => { (t.get('order') as { data: Uint32Array }).data[0] = 0; } }, 'FormatError', 'image 0 twice'],
    ['a kernel without a tile', { run: run => { run['kernels'] = [{ key: 'x', splits: 1 }]; } }, 'FormatError', '"tile"'],
    ['a tensor that is missing', { tensors: t => { t.delete('teacher'); } }, 'FormatError', 'no tensor "teacher"'],
    ['a tensor of another type', { tensors: t => { t.set('centers', { shape: [1], data: Float64Array.of(1) }); } }, 'FormatError', '"centers" is F64'],
    ['networks of different sizes', { tensors: t => { t.set('second', { shape: [2], data: Float32Array.of(1, 2) }); } }, 'FormatError', '"second" has 2 numbers and "student" 24'],
    ['a tensor without numbers', { tensors: t => { t.set('centers', { shape: [0], data: new Float32Array() }); } }, 'FormatError', 'no numbers for "centers"'],
    ['reports without a column that they always had', { metadata: { columns: JSON.stringify(REPORT_COLUMNS.map(c => (c === 'lr' ? 'rate' : c))) } }, 'FormatError', 'columns "lr"'],
    ['columns without a name', { metadata: { columns: '["step"]' } }, 'FormatError', '"columns"'],
  ])('%s', async (_, change, name, reason) => {
    const decoding = decodeSnapshot(await changed(change));
    await expect(decoding).rejects.toMatchObject({ name, message: expect.stringContaining(reason) as string });
  });

  test('what it would not read again is not written either', async () => {
    const run: RunSnapshot = { ...exampleRun(2), step: 1 };
    await expect(encodeSnapshot(run)).rejects.toThrow('2 reports of 1 steps');
  });
});

test('every flipped bit of a file is noticed', async () => {
  const bytes = new Uint8Array(await encodeSnapshot(exampleRun(1)));
  for (let i = 0; i < bytes.length; i += 7) {
    const copy = bytes.slice();
    copy[i]! ^= 1 << i % 8;
    await expect(decodeSnapshot(copy.buffer)).rejects.toMatchObject({ name: expect.stringMatching(/^(FormatError|NewerVersionError)$/) as string });
  }
});

test('2,000 damaged files, every other one with a right checksum: a run or a FormatError, at once', async () => {
  const rng = new Rng(3);
  const good = await encodeSnapshot(exampleRun(3));
  const { tensors, metadata } = readSafetensors(good, ['F64', 'F32', 'U32']);
  let refused = 0;
  let slowest = 0;
  for (let i = 0; i < 2000; i++) {
    let bytes = mutateBytes(rng, new Uint8Array(good)).buffer;
    if (i % 2) {
      const key = rng.int(0, 3) ? 'run' : 'columns';
      bytes = writeSafetensors(tensors, { ...Object.fromEntries(metadata), [key]: mutateText(rng, metadata.get(key)!) });
      await seal(bytes);
    }
    const start = performance.now();
    const error: unknown = await decodeSnapshot(bytes).then(() => null, (e: unknown) => e);
    slowest = Math.max(slowest, performance.now() - start);
    if (!error) continue;
    if (!(error instanceof FormatError) || error.message.length > 3000) throw error;
    refused++;
  }
  expect(refused).toBeGreaterThan(1700);
  // Some damage is in a name, or in a key that nobody reads.
  expect(refused).toBeLessThan(2000);
  expect(slowest).toBeLessThan(1000);
});
