import { describe, expect, it } from 'vitest';
import { decodeImage, fitShorterSide } from './decode.ts';
import { ingestFiles } from './ingest.ts';

/** Red on the left, green on the right; below that blue, half clear. */
async function encode(width: number, height: number, type: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#f00';
  context.fillRect(0, 0, width / 2, height / 2);
  context.fillStyle = '#0f0';
  context.fillRect(width / 2, 0, width / 2, height / 2);
  context.fillStyle = 'rgb(0 0 255 / 0.5)';
  context.fillRect(0, height / 2, width / 2, height / 2);
  return canvas.convertToBlob({ type, quality: 1 });
}

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
