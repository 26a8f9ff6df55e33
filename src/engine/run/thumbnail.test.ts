import { expect, test } from 'vitest';
import { thumbnail } from './thumbnail.ts';

test('halves an image by averaging and keeps its proportions', () => {
  const data = new Uint8ClampedArray(4 * 4 * 2).fill(255);
  [10, 20, 30, 40, 50, 60, 70, 80].forEach((v, i) => data.fill(v, 4 * i, 4 * i + 3));
  const t = thumbnail({ width: 4, height: 2, data }, 2);
  expect([t.width, t.height]).toEqual([2, 1]);
  expect([...t.pixels]).toEqual([35, 35, 35, 255, 55, 55, 55, 255]);
});

test('never enlarges, and never loses a side', () => {
  const strip = { width: 100, height: 1, data: new Uint8ClampedArray(400).fill(255) };
  expect(thumbnail(strip, 500)).toMatchObject({ width: 100, height: 1 });
  expect(thumbnail(strip, 10)).toMatchObject({ width: 10, height: 1 });
});
