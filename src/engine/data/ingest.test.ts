import { describe, expect, it } from 'vitest';
import type { SourceFile } from '#contract/trainer.ts';
import type { IngestProgress } from '#contract/trainer.ts';
import { UnusableImageError } from '#lib/errors.ts';
import type { SourceImage } from './dataset.ts';
import { ingestFiles } from './ingest.ts';

/** Stands for the browser's decoder: the file's text is the colour of an 8 x 8 image, or "bad". */
async function decode(blob: Blob): Promise<SourceImage> {
  const text = await blob.text();
  if (text === 'bad') throw new UnusableImageError('Damaged.');
  return { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(Number(text)) };
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
      name: 'pets', count: 3, files: 3, classes: [{ name: 'cat', count: 1 }, { name: 'dog', count: 2 }], skipped: [], bytes: 768,
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

  it('decodes again beyond the budget', async () => {
    let decoded = 0;
    const counting = (blob: Blob) => { decoded++; return decode(blob); };
    const files = Array.from({ length: 10 }, (_, i) => file(`${i}.png`, `${i}`));
    const dataset = await ingestFiles('x', files, { decodeSize: 64, decode: counting, budgetBytes: 3 * 256 });
    expect([decoded, dataset.bytes]).toEqual([10, 768]);
    await dataset.images([9, 8, 7]);
    expect(decoded).toBe(10);
    expect((await dataset.images([0, 0, 0])).map(({ data }) => data[0])).toEqual([0, 0, 0]);
    expect(decoded).toBe(11);
    // 9 was asked for the longest ago.
    await dataset.images([8, 7]);
    expect(decoded).toBe(11);
    await dataset.images([9]);
    expect(decoded).toBe(12);
  });

  it('ends its progress with every file accounted for', async () => {
    const seen: IngestProgress[] = [];
    await ingestFiles('x', [file('a.png'), file('b.png', 'bad'), file('c.md')], { ...options, onProgress: progress => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ done: 2, total: 2, used: 1, skipped: 1 });
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
});
