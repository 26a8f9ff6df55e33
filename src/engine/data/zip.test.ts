import { describe, expect, it, test } from 'vitest';
import { UnusableImageError } from '#lib/errors.ts';
import { Rng } from '#lib/rng.ts';
import { makeZip, type ZipPart } from '#testing/zip.ts';
import type { DecodedImage } from './decode.ts';
import { ingestFiles } from './ingest.ts';
import { safeEntryPath } from './paths.ts';
import { listZip, ZIP_LIMITS, type ZipLimits } from './zip.ts';

const text = (content: string) => new TextEncoder().encode(content);
const blob = async (...parts: ZipPart[]) => new Blob([await makeZip(parts)]);

/** Name and content, or the reason, of each entry, and what broke the archive. */
async function contents(archive: Blob, limits: Partial<ZipLimits> = {}): Promise<{ files: [string, string][]; broken: string }> {
  const files: [string, string][] = [];
  try {
    for await (const listed of listZip(archive, { entries: 0, bytes: 0 }, { ...ZIP_LIMITS, ...limits })) {
      if ('reason' in listed) files.push([listed.path, `! ${listed.reason}`]);
      else files.push([listed.path, await listed.entry.read().then(b => b.text(), (e: unknown) => {
        if (!(e instanceof UnusableImageError)) throw e;
        return `! ${e.message}`;
      })]);
    }
    return { files, broken: '' };
  } catch (thrown) {
    if (!(thrown instanceof UnusableImageError)) throw thrown;
    return { files, broken: thrown.message };
  }
}

describe('a zip archive', () => {
  it('gives its files, packed and stored', async () => {
    const archive = await blob({ name: 'a/1.png', bytes: text('one '.repeat(1000)) }, { name: 'b/', bytes: text(''), stored: true }, { name: 'b/2.png', bytes: text('two'), stored: true });
    expect(await contents(archive)).toEqual({ files: [['a/1.png', 'one '.repeat(1000)], ['b/2.png', 'two']], broken: '' });
  });

  it.each<[string, ZipPart, RegExp]>([
    ['more than it declares', { name: 'x', bytes: text('x'.repeat(5000)), size: 10 }, /more than the 10 bytes/],
    ['less than it declares', { name: 'x', bytes: text('x'.repeat(10)), size: 5000 }, /10 of the 5,000 bytes/],
    ['a false check sum', { name: 'x', bytes: text('x'), crc: 7 }, /check sum/],
    ['encryption', { name: 'x', bytes: text('x'), flags: 0x801 }, /encrypted/],
    ['another method', { name: 'x', bytes: text('x'), method: 14 }, /method 14/],
    ['a stored file of two sizes', { name: 'x', bytes: text('xyz'), stored: true, size: 2 }, /contradict/],
    ['damaged deflate', { name: 'x', bytes: text('xyz'), stored: true, method: 8 }, /damaged/],
    ['a place outside', { name: 'x', bytes: text('xyz'), offset: 1 << 20 }, /doesn't lie where/],
    ['packed bytes that reach beyond', { name: 'x', bytes: text('xyz'), packed: 1 << 20 }, /doesn't lie where/],
    ['a declared size beyond the limit', { name: 'x', bytes: text('xyz'), size: 0x7fffffff }, /2,048 MiB, at most 256/],
  ])('with %s gives a reason for that file and the others all the same', async (_, bad, reason) => {
    const good = (name: string): ZipPart => ({ name, bytes: text(name) });
    const { files, broken } = await contents(await blob(good('first'), bad, good('last')));
    expect(broken).toBe('');
    expect(files).toEqual([['first', 'first'], ['x', expect.stringMatching(reason)], ['last', 'last']]);
  });

  it('that is a bomb is stopped as it inflates', async () => {
    const zeros = new Uint8Array(40 << 20);
    const declared = await contents(await blob({ name: 'x', bytes: zeros }));
    expect(declared.files[0]![1]).toMatch(/200 times/);
    // Says less than it is: stopped by the first byte too many.
    const lying = await contents(await blob({ name: 'x', bytes: zeros, size: 1 << 20 }));
    expect(lying.files[0]![1]).toMatch(/more than the 1,048,576 bytes/);
    // Dense, and with the right size: by the limits alone.
    const limited = await contents(await blob({ name: 'x', bytes: zeros }), { ratio: 1e9, entryBytes: 1 << 20 });
    expect(limited.files[0]![1]).toMatch(/40 MiB, at most 1 /);
    const total = await contents(await blob({ name: 'x', bytes: text('12345') }, { name: 'y', bytes: text('12345') }), { totalBytes: 7 });
    expect(total.files.map(([, content]) => content)).toEqual(['12345', expect.stringMatching(/^! .*inflate to more than/)]);
  });

  it('whose entries overlap gives the first alone', async () => {
    const { files } = await contents(await blob({ name: 'a', bytes: text('same') }, { name: 'a', bytes: text('same'), offset: 0 }, { name: 'b', bytes: text('b') }));
    expect(files).toEqual([['a', 'same'], ['a', expect.stringMatching(/overlap/)], ['b', 'b']]);
  });

  it('without its list, or with a false one, is broken as a whole', async () => {
    const whole = await makeZip([{ name: 'a', bytes: text('a') }]);
    for (const cut of [whole.slice(0, whole.length - 30), whole.slice(0, 10), new Uint8Array([0x50, 0x4b])]) {
      expect((await contents(new Blob([cut]))).broken).toMatch(/cut short or damaged/);
    }
    // zip64 without the records that belong to it.
    const zip64 = whole.slice();
    zip64.fill(0xff, whole.length - 14, whole.length - 2);
    expect((await contents(new Blob([zip64]))).broken).toMatch(/zip archive/);
  });

  it('of too many files gives those within the limit', async () => {
    const { files, broken } = await contents(await blob(...['a', 'b', 'c'].map(name => ({ name, bytes: text(name) }))), { entries: 2 });
    expect(files).toHaveLength(2);
    expect(broken).toMatch(/more than 2 files/);
  });
});

test('names of entries are text', () => {
  expect(safeEntryPath('../../etc/passwd')).toBe('etc/passwd');
  expect(safeEntryPath('/a//./b.png')).toBe('a/b.png');
  expect(safeEntryPath('C:\\Users\\..\\b.png')).toBe('Users/b.png');
  expect(safeEntryPath('a\u0000b\u202egnp.exe')).toBe('a\ufffdb\ufffdgnp.exe');
  expect(safeEntryPath('..')).toBe('unnamed');
  expect(safeEntryPath('__proto__/constructor')).toBe('__proto__/constructor');
  const long = safeEntryPath(`${'x'.repeat(60_000)}.png`);
  expect(long.length).toBe(401);
  expect(long).toMatch(/\u2026x+\.png$/);
});

/** Stands for the browser's decoder: the text is the colour. */
const decode = async (file: Blob): Promise<DecodedImage> => {
  const value = Number(await file.text());
  if (Number.isNaN(value)) throw new UnusableImageError('Damaged.');
  return { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(value), original: { width: 8, height: 8 } };
};

describe('zip archives among files', () => {
  const folder = [{ path: 'cat/1.png', text: '10' }, { path: 'cat/2.png', text: '20' }, { path: 'dog/1.png', text: '3' }];
  const archive = (prefix: string, ...more: ZipPart[]) => blob(...folder.map(f => ({ name: prefix + f.path, bytes: text(f.text) })), ...more);
  const ingest = (files: { path: string; file: Blob }[]) => ingestFiles('pets', files, { decodeSize: 64, decode, budgetBytes: 0 });

  it('one alone is the same dataset as its folder, by hash, classes and paths', async () => {
    const dropped = await ingest(folder.map(f => ({ path: f.path, file: new Blob([f.text]) })));
    const zipped = await ingest([{ path: 'pets.zip', file: await archive('', { name: 'pets/notes.txt', bytes: text('x') }, { name: '__MACOSX/cat/._1.png', bytes: text('x') }) }]);
    expect(zipped.paths).toEqual(dropped.paths);
    expect([zipped.hash, zipped.classes, [...zipped.labels!]]).toEqual([dropped.hash, ['cat', 'dog'], [0, 0, 1]]);
    expect((await zipped.batch([0, 1, 2])).map(({ data }) => data[0])).toEqual([10, 20, 3]);
    const nested = await ingest([{ path: 'pets.zip', file: await archive('pets/') }]);
    expect([nested.hash, nested.classes]).toEqual([dropped.hash, ['cat', 'dog']]);
  });

  it('several are classes by their names; zips within zips are not opened; a broken one stops nothing', async () => {
    const one = (value: string) => blob({ name: '1.png', bytes: text(value) }, { name: 'inner.ZIP', bytes: text('PK') });
    const whole = await one('7');
    const dataset = await ingest([
      { path: 'cats.zip', file: whole }, { path: 'dogs.zip', file: await one('8') }, { path: 'cut.zip', file: whole.slice(0, 40) },
      { path: 'dogs/2.png', file: new Blob(['9']) }, { path: 'image.zip', file: new Blob(['5']) }, { path: 'junk.zip', file: await blob({ name: 'x.png', bytes: text('x') }) },
    ]);
    expect(dataset.paths).toEqual(['cats.zip/1.png', 'dogs.zip/1.png', 'dogs/2.png', 'image.zip']);
    expect(dataset.labels).toBeNull();
    expect(dataset.skipped).toEqual([
      { path: 'cats.zip/inner.ZIP', reason: expect.stringMatching(/within another/) },
      { path: 'cut.zip', reason: expect.stringMatching(/cut short/) },
      { path: 'dogs.zip/inner.ZIP', reason: expect.stringMatching(/within another/) },
      { path: 'junk.zip', reason: 'None of the one file in this zip archive can be used. Of the first: Damaged.' },
      { path: 'junk.zip/x.png', reason: 'Damaged.' },
    ]);
    const classes = await ingest([{ path: 'cats.zip', file: whole }, { path: 'dogs/2.png', file: new Blob(['9']) }]);
    expect(classes.classes).toEqual(['cats', 'dogs']);
  });
});

test('2,000 mutated archives: a typed outcome each, within a second and the limits', async () => {
  const seed = 20_261_124;
  const rng = new Rng(seed);
  const noise = Uint8Array.from({ length: 3000 }, () => rng.int(0, 255));
  const archives = [
    await makeZip([{ name: 'a/1.png', bytes: text('one '.repeat(500)) }, { name: 'b/2.png', bytes: noise, stored: true }, { name: 'c.png', bytes: noise }]),
    await makeZip([{ name: 'bomb', bytes: new Uint8Array(4 << 20) }]),
    await makeZip(Array.from({ length: 40 }, (_, i) => ({ name: `${i}.png`, bytes: text(`${i}`), stored: true }))),
  ];
  const limits: ZipLimits = { entries: 100, entryBytes: 1 << 20, totalBytes: 8 << 20, ratio: 50, freeBytes: 1 << 16, directoryBytes: 1 << 16 };
  const extremes = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
  const outcomes = { whole: 0, reasons: 0, broken: 0 };
  for (let round = 0; round < 2000; round++) {
    const from = archives[rng.int(0, archives.length - 1)]!;
    let bytes = from.slice(rng.next() < 0.05 ? rng.int(0, from.length) : 0, rng.next() < 0.15 ? rng.int(0, from.length) : from.length);
    // Mostly where it hurts: in headers, which are at the end and the beginning.
    for (let edits = rng.int(0, 5); edits > 0 && bytes.length > 0; edits--) {
      const back = rng.next() < 0.7 ? Math.min(bytes.length, 200) : bytes.length;
      bytes[bytes.length - 1 - rng.int(0, back - 1)] = rng.next() < 0.5 ? extremes[rng.int(0, 5)]! : rng.int(0, 255);
    }
    if (rng.next() < 0.05) bytes = Uint8Array.from([...bytes, ...bytes.slice(-100)]);
    const began = process.cpuUsage();
    const use = { entries: 0, bytes: 0 };
    let [good, bad, broken, inflated] = [0, 0, 0, 0];
    try {
      for await (const listed of listZip(new Blob([bytes]), use, limits)) {
        if ('reason' in listed) {
          bad++;
          continue;
        }
        try {
          inflated += (await listed.entry.read()).size;
          good++;
        } catch (thrown) {
          if (!(thrown instanceof UnusableImageError)) throw thrown;
          bad++;
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof UnusableImageError)) throw new Error(`Seed ${seed}, round ${round}: ${String(thrown)}`, { cause: thrown });
      broken++;
    }
    // Of this process: other work on the machine is none of the archive's doing.
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    if (took > 1000) throw new Error(`Seed ${seed}, round ${round}: took ${took} ms.`);
    if (inflated > limits.totalBytes) throw new Error(`Seed ${seed}, round ${round}: inflated ${inflated} bytes.`);
    if (broken) outcomes.broken++;
    else if (bad) outcomes.reasons++;
    else if (good) outcomes.whole++;
  }
  expect(Math.min(...Object.values(outcomes)), JSON.stringify(outcomes)).toBeGreaterThan(50);
});
