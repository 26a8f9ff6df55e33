import { describe, expect, it } from 'vitest';
import { decodeMutated, encode, FORMATS } from '#testing/mutated-images.ts';
import { makeZip } from '#testing/zip.ts';
import { decodeImage, fitShorterSide } from './decode.ts';
import { DecodePool } from './decode-pool.ts';
import { ingestFiles } from './ingest.ts';

/** The JPEG with an EXIF segment behind its start marker that says only: orientation. */
async function withOrientation(jpeg: Blob, orientation: number): Promise<Blob> {
  const exif = [0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return new Blob([jpeg.slice(0, 2), new Uint8Array(exif), jpeg.slice(2)]);
}

async function pixelsAt(blob: Blob, decodeSize: number, points: [number, number][]) {
  const { width, height, data } = await decodeImage(blob, decodeSize);
  const rgba = points.map(([x, y]) => {
    const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
    return Array.from(data.subarray(at, at + 4));
  });
  return { width, height, rgba };
}

const QUARTERS: [number, number][] = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]];

describe('decodeImage', () => {
  it('puts clear pixels on white', async () => {
    const { width, height, rgba } = await pixelsAt(await encode(40, 24, 'image/png'), 64, QUARTERS);
    expect([width, height]).toEqual([40, 24]);
    expect(rgba).toEqual([[255, 0, 0, 255], [0, 255, 0, 255], [127, 127, 255, 255], [255, 255, 255, 255]]);
  });

  it('turns a photograph upright and scales its shorter side', async () => {
    const blob = await withOrientation(await encode(240, 120, 'image/jpeg'), 6);
    const { width, height, rgba } = await pixelsAt(blob, 30, QUARTERS);
    expect([width, height]).toEqual([30, 60]);
    expect((await decodeImage(blob, 30)).original).toEqual({ width: 120, height: 240 });
    // Orientation 6 turns clockwise: the lower left corner comes to the upper left.
    expect(rgba[1]![0]).toBeGreaterThan(240);
    expect(rgba[1]![1]).toBeLessThan(20);
    expect(rgba[3]![1]).toBeGreaterThan(240);
    expect(rgba[3]![0]).toBeLessThan(20);
  });

  it('averages when it scales down: fine stripes become gray', async () => {
    const canvas = new OffscreenCanvas(512, 512);
    const context = canvas.getContext('2d')!;
    for (let x = 0; x < 512; x += 2) context.fillRect(x, 0, 1, 512);
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, 512, 512);
    const { rgba } = await pixelsAt(await canvas.convertToBlob(), 32, QUARTERS);
    for (const [red] of rgba) expect(Math.abs(red! - 127.5)).toBeLessThan(6);
  });

  it('gives a reason for damaged files', async () => {
    const png = await encode(64, 64, 'image/png');
    const noise = crypto.getRandomValues(new Uint8Array(3000));
    await expect(decodeImage(png.slice(0, 20), 64)).rejects.toMatchObject({ name: 'UnusableImageError', message: expect.stringContaining('breaks off') });
    await expect(decodeImage(new Blob([png.slice(0, 33), noise]), 64)).rejects.toMatchObject({ name: 'UnusableImageError', message: expect.stringContaining('damaged') });
    await expect(decodeImage(new Blob([]), 64)).rejects.toMatchObject({ name: 'UnusableImageError', message: 'The file is empty.' });
  });

  it('makes a dataset of many files in any format the browser writes', async () => {
    const types = ['image/png', 'image/jpeg', 'image/webp'];
    const files = await Promise.all(Array.from({ length: 30 }, async (_, i) => ({ path: `${i % 2 ? 'odd' : 'even'}/${i}`, file: await encode(100 + i, 80, types[i % 3]!) })));
    const dataset = await ingestFiles('made here', files, { decodeSize: 20, budgetBytes: 5000 });
    expect(dataset.summary()).toMatchObject({ count: 30, skipped: [], classes: [{ name: 'even', count: 15 }, { name: 'odd', count: 15 }] });
    expect(dataset.bytes).toBeLessThanOrEqual(5000);
    const images = await dataset.images(Array.from({ length: 30 }, (_, i) => i));
    expect(images.every(({ height, width, data }) => height === 20 && width >= 25 && data.length === width * height * 4)).toBe(true);
  });
});

it('never enlarges', () => {
  expect(fitShorterSide(4000, 12, 64)).toEqual({ width: 4000, height: 12 });
  expect(fitShorterSide(4000, 3000, 64)).toEqual({ width: 85, height: 64 });
});

/** A GIF of one colour whose one frame lies at `left`, 0 and is `width` x 1 px, on a screen of `screen` x 1. */
function gif(screen: number, width: number, left = 0): Blob {
  const le = (v: number) => [v & 255, v >> 8];
  // Codes of 3 bits: clear, 1, 1, ..., end, with as many as are left after the clear.
  const codes = [4, ...new Array<number>(2).fill(1), 5];
  let bits = 0;
  codes.forEach((code, i) => { bits += code * 8 ** i; });
  return new Blob([new Uint8Array([
    ...Array.from('GIF89a', c => c.charCodeAt(0)), ...le(screen), ...le(64), 0x91, 0, 0, 255, 255, 255, 200, 0, 0, 0, 200, 0, 0, 0, 200,
    0x2c, ...le(left), 0, 0, ...le(width), ...le(1), 0, 2, 2, bits & 255, bits >> 8, 0, 0x3b,
  ])]);
}

describe('decoding in a pool', () => {
  it('gives the same pixels as decoding here, whatever the order', async () => {
    const pool = new DecodePool(2);
    const blobs = await Promise.all(Array.from({ length: 20 }, (_, i) => encode(60 + 7 * i, 50 + 3 * i, i % 2 ? 'image/png' : 'image/jpeg')));
    const images = await Promise.all(blobs.map(blob => pool.decode(blob, 40)));
    const here = await Promise.all(blobs.map(blob => decodeImage(blob, 40)));
    expect(images).toEqual(here);
    await expect(pool.decode(new Blob(['nothing']), 40)).rejects.toMatchObject({ name: 'UnusableImageError', message: expect.stringContaining('text') });
    pool.close();
  });

  it.each<[string, () => Worker]>([
    ['end in an error', () => new Worker(new URL('data:text/javascript,throw new Error("no")'), { type: 'module' })],
    ['can\'t be made', () => { throw new TypeError('not allowed'); }],
  ])('decodes by itself where workers %s', async (_, open) => {
    const pool = new DecodePool(2, open);
    const images = await Promise.all([64, 80, 96].map(async size => pool.decode(await encode(size, size, 'image/png'), 200)));
    expect(images.map(({ width }) => width)).toEqual([64, 80, 96]);
    pool.close();
  });

  it('takes images too large to be decoded at once one after the other', async () => {
    const pool = new DecodePool(2);
    const canvas = new OffscreenCanvas(5000, 4000);
    canvas.getContext('2d')!.fillRect(0, 0, 5000, 4000);
    const large = await canvas.convertToBlob({ type: 'image/jpeg' });
    const images = await Promise.all(Array.from({ length: 4 }, () => pool.decode(large, 100)));
    expect(images.map(({ width, height, original }) => [width, height, original.width])).toEqual(Array.from({ length: 4 }, () => [125, 100, 5000]));
    pool.close();
  });
});

it('takes the larger of a GIF\'s screen and first frame for its size, as the browser does', async () => {
  await expect(decodeImage(gif(10, 60_000, 60_000), 64)).rejects.toMatchObject({ name: 'UnusableImageError', message: expect.stringContaining('120000 x 64') });
});

it('600 mutated images: each decodes within the limits or gives a reason, none takes a second', async () => {
  const fates = await decodeMutated(600, await Promise.all(FORMATS.map(type => encode(64, 48, type))));
  expect(Math.min(fates.decoded, fates.refused), JSON.stringify(fates)).toBeGreaterThan(50);
});

it('reads a zip archive in the browser, and lets the next image stand in for a file that changes on disk', async () => {
  const root = await navigator.storage.getDirectory();
  const names = ['a.png', 'b.png', 'c.png'];
  const files = await Promise.all(names.map(async (name, i) => {
    const handle = await root.getFileHandle(name, { create: true });
    const writable = await handle.createWritable();
    await writable.write(await encode(64 + i, 64, 'image/png'));
    await writable.close();
    return { path: name, file: await handle.getFile() };
  }));
  const zip = new Blob([await makeZip(await Promise.all(files.map(async ({ path, file }) => ({ name: path, bytes: new Uint8Array(await file.arrayBuffer()) }))))]);
  const dataset = await ingestFiles('disk', files, { decodeSize: 100, budgetBytes: 0 });
  const zipped = await ingestFiles('zip', [{ path: 'x.zip', file: zip }], { decodeSize: 100, budgetBytes: 0 });
  expect(zipped.hash).toBe(dataset.hash);
  const widths = async (set: typeof dataset) => (await set.batch([0, 1, 2])).map(({ width }) => width);
  expect(await widths(zipped)).toEqual([64, 65, 66]);
  const lost: string[] = [];
  dataset.onLost = ({ path, reason }) => { lost.push(`${path}: ${reason}`); };
  await root.removeEntry('b.png');
  expect(await widths(dataset)).toEqual([64, 66, 66]);
  expect(lost).toEqual([expect.stringMatching(/^b\.png: .*can't be read any more/)]);
  for (const name of ['a.png', 'c.png']) await root.removeEntry(name);
  await expect(dataset.batch([0])).rejects.toMatchObject({ name: 'ImageReadError' });
});
