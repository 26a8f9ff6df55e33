import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { ImageCache } from '#engine/data/cache.ts';
import { Dataset } from '#engine/data/dataset.ts';
import { SAMPLE_PARTS, sampleDataset } from '#engine/data/sample.ts';
import { atOnce } from '#engine/insight/pieces.ts';
import { drawBeyond, examOf } from './exam.ts';

const CONFIG = { ...preset('tiny'), imageSize: 32, patchSize: 8 };

/** Labels alone: nothing here looks at pixels. */
const folder = (labels: number[] | null): Dataset => new Dataset({
  name: 'folder', paths: (labels ?? [0, 0]).map((_, i) => String(i)), labels: labels && Int32Array.from(labels), classes: labels ? ['a', 'b'] : [], skipped: [],
  files: 0, ignored: 0, sizes: { smallest: [1, 1], largest: [1, 1] }, decodeSize: 64, hash: '', cache: new ImageCache(0), load: async () => ({ width: 1, height: 1, data: new Uint8ClampedArray(4) }),
});

test('of the sample: its own images are known, 500 drawn beyond it are asked about, with their kinds and parts', async () => {
  const dataset = await sampleDataset(230, 3, 32);
  const exam = atOnce(examOf(dataset, CONFIG));
  expect(exam.images).toEqual(Array.from({ length: 730 }, (_, i) => i));
  expect([...exam.bank]).toEqual([...dataset.labels!]);
  expect([...exam.queries].slice(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  expect(exam.patchImages).toEqual([...Array.from({ length: 230 }, (_, i) => i), ...Array.from({ length: 100 }, (_, i) => 230 + i)]);
  const { bank, withBackground, clustered, queries, count, objectOf } = exam.parts!;
  expect(count).toBe(SAMPLE_PARTS.length);
  expect([...withBackground.rows]).toEqual(Array.from({ length: 230 * 16 }, (_, i) => i));
  expect([...clustered.rows]).toEqual(Array.from({ length: 200 * 16 }, (_, i) => i));
  expect([...bank.rows]).toEqual([...withBackground.rows].filter(r => withBackground.parts[r] !== 0));
  expect([...queries.rows].every(r => r >= 230 * 16 && r < 330 * 16)).toBe(true);
  expect([...bank.parts, ...queries.parts].every(p => p > 0)).toBe(true);
  // Each patch's part belongs to the kind of its image.
  bank.rows.forEach((row, i) => expect(objectOf[bank.parts[i]!]).toBe(1 + exam.bank[Math.floor(row / 16)]!));
  queries.rows.forEach((row, i) => expect(objectOf[queries.parts[i]!]).toBe(1 + exam.queries[Math.floor(row / 16) - 230]!));
});

test('pictures beyond the sample are those that its seed goes on with, drawn once', async () => {
  const dataset = await sampleDataset(10, 3, 24);
  const exam = atOnce(examOf(dataset, CONFIG));
  const first = atOnce(drawBeyond(dataset, exam, [10, 17]));
  expect(first[1]).toEqual(dataset.truth!.draw(17, 24).image);
  expect(atOnce(drawBeyond(dataset, exam, [17]))[0]).toBe(first[1]);
});

test('of a folder: every fifth image of a class is asked about, and nothing of parts', () => {
  const exam = atOnce(examOf(folder([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]), CONFIG));
  expect(exam).toMatchObject({ images: [0, 1, 2, 3, 5, 6, 7, 8, 10, 4, 9], classes: 2, parts: null, patchImages: [] });
  expect([...exam.bank, ...exam.queries]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1]);
});

test('of a large folder: 5,000 by chance beside 1,000, the same each time, of all classes', () => {
  const labels = Array.from({ length: 20_000 }, (_, i) => Number(i >= 10_000));
  const exam = atOnce(examOf(folder(labels), CONFIG));
  expect([exam.bank.length, exam.queries.length]).toEqual([5000, 1000]);
  expect(new Set(exam.images).size).toBe(6000);
  expect(exam.images.slice(5000).every(i => i % 5 === 4)).toBe(true);
  expect(exam.bank.filter(l => l === 1).length / 5000).toBeCloseTo(0.5, 1);
  expect(atOnce(examOf(folder(labels), CONFIG)).images).toEqual(exam.images);
});

test('without labels, or without enough to hold any out, the reason is said', () => {
  expect(() => atOnce(examOf(folder(null), CONFIG))).toThrow(/no labels/);
  expect(() => atOnce(examOf(folder([0, 0, 0, 0, 1, 1]), CONFIG))).toThrow(/fewer than five/);
});
