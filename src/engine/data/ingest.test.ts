import { describe, expect, it } from 'vitest';
import type { SourceFile } from '#contract/trainer.ts';
import type { IngestProgress } from '#contract/trainer.ts';
import { UnusableImageError } from '#lib/errors.ts';
import type { DecodedImage } from './decode.ts';
import { Ingest, ingestFiles } from './ingest.ts';

/** Stands for the browser's decoder: the file's text is the colour of an 8 x 8 image, or "bad". */
async function decode(blob: Blob): Promise<DecodedImage> {
  const text = await blob.text();
  if (text === 'bad') throw new UnusableImageError('Damaged.');
  return { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(Number(text)), original: { width: 80, height: 60 } };
}

const file = (path: string, text = '1'): SourceFile => ({ path, file: new Blob([text]) });
const options = { decodeSize: 64, decode };

describe('ingestFiles', () => {
  it('takes classes from folders, in the order of the paths', async () => {
    const dataset = await ingestFiles('pets', [file('dog/b.png', '3'), file('cat/z.png', '2'), file('dog/a.png', '4')], options);
    expect(dataset.paths).toEqual(['cat/z.png', 'dog/a.png', 'dog/b.png']);
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect([...dataset.labels!]).toEqual([0, 1, 1]);
    expect((await dataset.images([2, 0, 1])).map(({ data }) => data[0])).toEqual([3, 2, 4]);
    expect(dataset.summary()).toEqual({
      name: 'pets', hash: dataset.hash, count: 3, files: 3, ignored: 0, sizes: { smallest: [80, 60], largest: [80, 60] }, classes: [{ name: 'cat', count: 1 }, { name: 'dog', count: 2 }],
      skipped: [], skippedCount: 0, bytes: 768, budget: 2 ** 30,
    });
  });

  it('lists what can\'t be used, passes over what isn\'t meant, and numbers the rest without gaps', async () => {
    const dataset = await ingestFiles('mixed', [
      file('a/1.png', '1'), file('a/2.png', 'bad'), file('b/3.png', '3'), file('b/Thumbs.db', 'bad'), file('.DS_Store', 'bad'), file('notes.txt', 'bad'),
      file('__MACOSX/a/1.png', 'bad'), file('constructor/__proto__', '7'),
    ], options);
    expect(dataset.paths).toEqual(['a/1.png', 'b/3.png', 'constructor/__proto__']);
    expect(dataset.classes).toEqual(['a', 'b', 'constructor']);
    expect(dataset.skipped).toEqual([{ path: 'a/2.png', reason: 'Damaged.' }]);
    expect(dataset.files).toBe(4);
    expect((await dataset.images([0, 1, 2])).map(({ data }) => data[0])).toEqual([1, 3, 7]);
  });

  it('has the same hash in any order, another one with another size, none of it from skipped files', async () => {
    const [a, b, bad] = [file('a.png', '1'), file('b.png', '22'), file('c.png', 'bad')];
    const hash = async (files: SourceFile[]) => (await ingestFiles('x', files, options)).hash;
    expect(await hash([a, b])).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash([b, bad, a])).toBe(await hash([a, b]));
    expect(await hash([a, file('b.png', '222')])).not.toBe(await hash([a, b]));
  });

  it('keeps what fits the budget and decodes the rest again, each time it is asked for', async () => {
    let decoded = 0;
    const counting = (blob: Blob) => { decoded++; return decode(blob); };
    const files = Array.from({ length: 10 }, (_, i) => file(`${i}.png`, `${i}`));
    const dataset = await ingestFiles('x', files, { decodeSize: 64, decode: counting, budgetBytes: 3 * 256 });
    expect([decoded, dataset.bytes]).toEqual([10, 768]);
    const values = async (...indices: number[]) => (await dataset.images(indices)).map(({ data }) => data[0]);
    expect(await values(0, 1, 2)).toEqual([0, 1, 2]);
    expect(decoded).toBe(10);
    expect(await values(9, 9, 9)).toEqual([9, 9, 9]);
    expect(decoded).toBe(11);
    expect(await values(9, 0)).toEqual([9, 0]);
    expect(decoded).toBe(12);
    expect(dataset.bytes).toBe(768);
  });

  it('decodes ahead once, and drops what is no longer wanted', async () => {
    const decoded: string[] = [];
    const noting = async (blob: Blob) => { decoded.push(await blob.text()); return decode(blob); };
    const dataset = await ingestFiles('x', Array.from({ length: 6 }, (_, i) => file(`${i}.png`, `${i}`)), { decodeSize: 64, decode: noting, budgetBytes: 0 });
    decoded.length = 0;
    dataset.prefetch([3, 4]);
    expect((await dataset.batch([3, 4])).map(({ data }) => data[0])).toEqual([3, 4]);
    expect(decoded).toEqual(['3', '4']);
    dataset.prefetch([1, 2]);
    dataset.prefetch([2, 5]);
    await dataset.batch([2, 5]);
    expect(decoded).toEqual(['3', '4', '1', '2', '5']);
    await dataset.batch([1]);
    expect(decoded.at(-1)).toBe('1');
  });

  it('ends its progress with every file accounted for', async () => {
    const seen: IngestProgress[] = [];
    await ingestFiles('x', [file('a.png'), file('b.png', 'bad'), file('c.md')], { ...options, onProgress: progress => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ done: 2, total: 2, used: 1, skipped: 1, complete: true });
  });

  it('says what it looked at when nothing can be used', async () => {
    const refused = ingestFiles('junk', [file('a.png', 'bad'), file('b.png', 'bad'), file('c.txt')], options);
    await expect(refused).rejects.toMatchObject({ name: 'EmptyDatasetError', message: expect.stringMatching(/looked at 3 files, 2 x "Damaged\.", 1 x not an image by name/) });
    await expect(ingestFiles('none', [], options)).rejects.toMatchObject({ name: 'EmptyDatasetError' });
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    let decoded = 0;
    const aborting = (blob: Blob) => { if (++decoded === 20) controller.abort(); return decode(blob); };
    const files = Array.from({ length: 500 }, (_, i) => file(`${i}.png`));
    await expect(ingestFiles('x', files, { decodeSize: 64, decode: aborting, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(decoded).toBeLessThan(40);
  });

  it('says which file vanished', async () => {
    let gone = false;
    const dataset = await ingestFiles('x', [file('a.png')], { decodeSize: 64, budgetBytes: 0, decode: blob => gone ? Promise.reject(new Error('Not found.')) : decode(blob) });
    gone = true;
    await expect(dataset.images([0])).rejects.toMatchObject({ name: 'ImageReadError', message: expect.stringContaining('"a.png"') });
    await expect(dataset.images([1])).rejects.toBeInstanceOf(RangeError);
  });

  it('lets the next image stand in for one that vanished, and says so once; without any it gives up, until they are back', async () => {
    const gone = new Set<string>();
    const failing = async (blob: Blob) => (gone.has(await blob.text()) ? Promise.reject(new Error('Not found.')) : decode(blob));
    const dataset = await ingestFiles('x', Array.from({ length: 5 }, (_, i) => file(`${i}.png`, `${i}`)), { decodeSize: 64, budgetBytes: 0, decode: failing });
    const lost: string[] = [];
    dataset.onLost = ({ path }) => { lost.push(path); };
    const batch = async (...indices: number[]) => (await dataset.batch(indices)).map(({ data }) => data[0]);
    gone.add('1').add('4');
    dataset.prefetch([0, 1]);
    expect(await batch(0, 1, 2)).toEqual([0, 2, 2]);
    expect(await batch(4, 1, 4)).toEqual([0, 2, 0]);
    expect(lost).toEqual(['1.png', '4.png']);
    for (const i of '023') gone.add(i);
    await expect(batch(3)).rejects.toMatchObject({ name: 'ImageReadError', message: expect.stringContaining('Bring it back') });
    gone.clear();
    expect(await batch(3, 1)).toEqual([3, 1]);
    // Not for training: then the image itself or nothing.
    gone.add('3');
    await expect(dataset.images([3])).rejects.toMatchObject({ name: 'ImageReadError' });
  });

  it('takes portions, and looks at the first before the last is there', async () => {
    let first = (_path: string) => {};
    const seen = new Promise<string>(resolve => { first = resolve; });
    const ingest = new Ingest({ ...options, onImage: path => first(path) });
    ingest.add([file('b/1.png')]);
    expect(await seen).toBe('b/1.png');
    ingest.add([file('a/1.png', '2'), file('a/bad.png', 'bad'), file('x.txt')]);
    const dataset = await ingest.finish('late', [{ path: 'c/locked.png', reason: 'Not allowed.' }]);
    expect(dataset.paths).toEqual(['a/1.png', 'b/1.png']);
    expect(dataset.summary()).toMatchObject({ count: 2, files: 4, ignored: 1, skippedCount: 2 });
    expect(ingest.fates('used', 0, 9)).toEqual([{ path: 'a/1.png', fate: 'used', width: 80, height: 60 }, { path: 'b/1.png', fate: 'used', width: 80, height: 60 }]);
    expect(ingest.fates('skipped', 1, 1)).toEqual([{ path: 'c/locked.png', fate: 'skipped', reason: 'Not allowed.' }]);
    expect(ingest.fates('ignored', 0, 9)).toEqual([{ path: 'x.txt', fate: 'ignored' }]);
  });

  it('tells two files of one path apart', async () => {
    const dataset = await ingestFiles('twice', [file('a.png', '1'), file('a.png', '2'), file('a (2).png', '3')], options);
    expect(dataset.paths).toEqual(['a (2).png', 'a.png', 'a (3).png']);
    expect((await dataset.images([0, 1, 2])).map(({ data }) => data[0])).toEqual([3, 1, 2]);
  });

  it('names the same images the same, whatever folder lies around them', async () => {
    const hash = async (...paths: string[]) => (await ingestFiles('x', paths.map(path => file(path)), options)).hash;
    const plain = await hash('cat/1.png', 'dog/1.png');
    expect(await hash('pets/cat/1.png', 'pets/dog/1.png')).toBe(plain);
    expect(await hash('a/b/cat/1.png', 'a/b/dog/1.png')).toBe(plain);
    expect(await hash('cat/1.png', 'cats/1.png')).not.toBe(plain);
    expect(await hash('cat1.png', 'dog1.png')).not.toBe(plain);
  });
});
