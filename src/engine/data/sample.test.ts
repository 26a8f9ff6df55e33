import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { IngestProgress } from '#contract/trainer.ts';
import { SAMPLE_KINDS, SAMPLE_PARTS, drawSample, sampleDataset } from './sample.ts';

const SIZE = 32;
const COUNT = 400;
const pictures = Array.from({ length: COUNT }, (_, index) => drawSample(index, 5, SIZE));

/** Means of (channels) values over grid x grid cells. */
function cellMeans(grid: number, channels: number, value: (pixel: number, channel: number) => number): number[] {
  const sums = new Array<number>(grid * grid * channels).fill(0);
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    const [row, column] = [Math.floor(Math.floor(pixel / SIZE) * grid / SIZE), Math.floor(pixel % SIZE * grid / SIZE)];
    for (let c = 0; c < channels; c++) sums[(row * grid + column) * channels + c]! += value(pixel, c) * grid * grid / (SIZE * SIZE);
  }
  return sums;
}

/** Share of pictures whose kind is the commonest among their 20 nearest others. */
function accuracy(features: readonly number[][]): number {
  let right = 0;
  features.forEach((query, i) => {
    const near = features
      .map((other, j) => ({ j, d: i === j ? Infinity : other.reduce((sum, v, c) => sum + (v - query[c]!) ** 2, 0) }))
      .sort((a, b) => a.d - b.d).slice(0, 20);
    const votes = SAMPLE_KINDS.map((_, kind) => near.filter(({ j }) => pictures[j]!.kind === kind).length);
    if (votes.indexOf(Math.max(...votes)) === pictures[i]!.kind) right++;
  });
  return right / features.length;
}

describe('drawSample', () => {
  it('can\'t be told by hue, but by shape and what they are made of', () => {
    const chance = 1 / SAMPLE_KINDS.length;
    // What a colour has beyond its lightness.
    const hue = (pixels: Uint8ClampedArray) => (pixel: number, c: number) => {
      const [r, g, b] = pixels.subarray(4 * pixel, 4 * pixel + 3);
      return (c === 0 ? r! : b!) - (0.299 * r! + 0.587 * g! + 0.114 * b!);
    };
    const mean = accuracy(pictures.map(({ pixels }) => cellMeans(1, 2, hue(pixels))));
    const grid = accuracy(pictures.map(({ pixels }) => cellMeans(3, 2, hue(pixels))));
    // The thing's outline cut to its own box, so that place and size don't count.
    const outline = accuracy(pictures.map(({ parts }) => cellMeans(12, 1, cropped(parts))));
    expect(mean).toBeLessThan(chance + 0.1);
    expect(grid).toBeLessThan(chance + 0.1);
    expect(outline).toBeGreaterThan(0.8);
  });

  it('gives the same pixels for the same seed and index, others otherwise', () => {
    const digest = (index: number, seed: number) => {
      const { pixels, parts } = drawSample(index, seed, SIZE);
      return createHash('sha256').update(pixels).update(parts).digest('hex');
    };
    expect(digest(3, 5)).toBe(digest(3, 5));
    expect(new Set([digest(3, 5), digest(13, 5), digest(3, 6), digest(0, 5)]).size).toBe(4);
  });

  it('draws the same pictures on every machine', () => {
    const hash = createHash('sha256');
    for (let index = 0; index < 20; index++) hash.update(drawSample(index, 1, 48).pixels);
    expect(hash.digest('hex').slice(0, 16)).toBe('343afbe40380efa0');
  });

  it('marks every part within its kind, and a thing of a fair size in each picture', () => {
    const seen = new Set<number>();
    for (const { kind, parts, pixels } of pictures) {
      const share = parts.filter(part => part > 0).length / parts.length;
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.7);
      for (const part of new Set(parts)) {
        seen.add(part);
        if (part > 0) expect(SAMPLE_PARTS[part]!.startsWith(`${SAMPLE_KINDS[kind]} `)).toBe(true);
      }
      for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) throw new Error('A pixel is clear.');
    }
    expect(seen.size).toBe(SAMPLE_PARTS.length);
    expect(new Set(SAMPLE_PARTS).size).toBe(SAMPLE_PARTS.length);
  });

  it('keeps its masks where a larger picture has them', () => {
    const small = drawSample(7, 2, 32).parts;
    const large = drawSample(7, 2, 64).parts;
    let same = 0;
    for (let i = 0; i < small.length; i++) if (small[i]! > 0 === large[2 * Math.floor(i / 32) * 64 + 2 * (i % 32)]! > 0) same++;
    expect(same / small.length).toBeGreaterThan(0.95);
  });
});

/** Lookup of the thing's mask as if its bounding box filled the picture. */
function cropped(parts: Uint8Array): (pixel: number) => number {
  let [left, top, right, bottom] = [SIZE, SIZE, 0, 0];
  parts.forEach((part, i) => {
    if (part === 0) return;
    [left, right] = [Math.min(left, i % SIZE), Math.max(right, i % SIZE)];
    [top, bottom] = [Math.min(top, Math.floor(i / SIZE)), Math.max(bottom, Math.floor(i / SIZE))];
  });
  return pixel => {
    const x = left + Math.floor(pixel % SIZE * (right - left + 1) / SIZE);
    const y = top + Math.floor(Math.floor(pixel / SIZE) * (bottom - top + 1) / SIZE);
    return parts[y * SIZE + x]! > 0 ? 1 : 0;
  };
}

describe('sampleDataset', () => {
  it('is a labelled dataset of whole pictures', async () => {
    const seen: IngestProgress[] = [];
    const dataset = await sampleDataset(25, 5, SIZE, { onProgress: progress => seen.push(progress) });
    expect(dataset.count).toBe(25);
    expect(dataset.paths.slice(0, 2)).toEqual(['bird/0001', 'boat/0001']);
    expect(dataset.paths[24]).toBe('fish/0003');
    expect(dataset.summary().classes.map(({ count }) => count)).toEqual([3, 3, 3, 3, 3, 2, 2, 2, 2, 2]);
    expect(dataset.bytes).toBe(25 * SIZE * SIZE * 4);
    const [image] = await dataset.images([17]);
    expect(image).toEqual({ width: SIZE, height: SIZE, data: pictures[17]!.pixels });
    expect(seen.at(-1)).toEqual({ done: 25, total: 25, used: 25, skipped: 0, complete: true });
    expect(dataset.hash).not.toBe((await sampleDataset(25, 6, SIZE)).hash);
  });

  it('knows the parts of its pictures, and has others beyond them', async () => {
    const { truth } = await sampleDataset(25, 5, SIZE);
    const { image, parts } = truth!.draw(30, SIZE);
    expect({ pixels: image.data, kind: truth!.labelOf(30), parts }).toEqual(pictures[30]);
    expect(truth!.parts.map((name, part) => [name, SAMPLE_KINDS[truth!.classOf[part]!]]).slice(0, 3)).toEqual([['background', undefined], ['bird body', 'bird'], ['bird head', 'bird']]);
    expect(truth!.classOf[0]).toBe(-1);
    expect(truth!.classOf.slice(1).every(c => c >= 0)).toBe(true);
  });

  it('draws again what the budget has no room for', async () => {
    const dataset = await sampleDataset(12, 5, SIZE, { budgetBytes: 4 * SIZE * SIZE * 4 });
    expect(dataset.bytes).toBe(4 * SIZE * SIZE * 4);
    expect((await dataset.images([0]))[0]!.data).toEqual(pictures[0]!.pixels);
  });

  it('lets other work in and stops when aborted', async () => {
    const controller = new AbortController();
    const drawing = sampleDataset(100_000, 5, SIZE, { signal: controller.signal });
    setTimeout(() => controller.abort());
    await expect(drawing).rejects.toMatchObject({ name: 'AbortError' });
  });
});
