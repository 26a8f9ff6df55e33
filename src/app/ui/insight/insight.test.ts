import { expect, test } from 'vitest';
import type { AttentionMaps } from '#contract/trainer.ts';
import { addsUp, measure, SCALES, views } from './measure.ts';
import { COLOURS, upscale } from './paint.ts';

const maps = (heads: number, grid: number, values: number[]): AttentionMaps =>
  ({ step: 0, index: 0, block: 0, heads, grid, maps: Float32Array.from(values), side: 1, pixels: new Uint8ClampedArray(4) });

test('the mean of heads comes first, then each head by its own row', () => {
  const list = views(maps(2, 2, [0.5, 0.25, 0.125, 0, 0, 0.25, 0.375, 0.25]));
  expect(list.map(v => v.label)).toEqual(['Mean of heads', 'Head 1', 'Head 2']);
  expect([...list[0]!.shares]).toEqual([0.25, 0.25, 0.25, 0.125]);
  expect([...list[2]!.shares]).toEqual([0, 0.25, 0.375, 0.25]);
});

test('measures where the peak is, what stays with the class token, and the spread', () => {
  const even = measure(new Float32Array(16).fill(1 / 20), 4);
  expect(even.spread).toBeCloseTo(16, 4);
  expect(even.own).toBeCloseTo(0.2, 5);
  expect(addsUp(even)).toBe(true);
  for (const share of [1.2, NaN, Infinity]) expect(addsUp(measure(Float32Array.of(0, share, 0, 0), 2))).toBe(false);
  const single = measure(Float32Array.of(0, 0, 0, 0, 0, 0.75, 0, 0, 0), 3);
  expect(single).toMatchObject({ peak: 0.75, row: 2, column: 3, own: 0.25 });
  expect(single.spread).toBeCloseTo(1, 6);
});

test('upscaling keeps patches as squares, or runs smoothly between their centres', () => {
  const shares = Float32Array.of(0, 0.2, 0.4, 0.8);
  const squares = upscale(shares, 2, 4, [0, 0.8], false);
  expect([...squares].map(v => Math.round(v * 100))).toEqual([0, 0, 25, 25, 0, 0, 25, 25, 50, 50, 100, 100, 50, 50, 100, 100]);
  const smooth = upscale(shares, 2, 4, [0, 0.8], true);
  expect(smooth[0]).toBe(0);
  expect(smooth[15]).toBeCloseTo(1, 6);
  // a quarter of the way along the first row of centres: 0.2 * 0.25 / 0.8
  expect(smooth[1]).toBeCloseTo(0.0625, 6);
  expect(upscale(new Float32Array(4), 2, 4, [0, 0], true).every(v => v === 0)).toBe(true);
});

test('a scale from lowest to highest uses all colours', () => {
  const shares = Float32Array.of(0.25, 0.5, 0.375, 0.25);
  const m = measure(shares, 2);
  expect(SCALES.stretch.of(m)).toEqual([0.25, 0.5]);
  expect([...upscale(shares, 2, 2, [0.25, 0.5], false)]).toEqual([0, 1, 0.5, 0]);
  expect(SCALES.shared.of(m, [m, measure(Float32Array.of(0, 0.75, 0, 0), 2)])).toEqual([0, 0.75]);
});

test('the colour map grows lighter all the way', () => {
  const light = COLOURS.map(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b);
  expect([...light].sort((a, b) => a - b)).toEqual(light);
});
