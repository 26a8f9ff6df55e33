import { expect, test } from 'vitest';
import type { AttentionMaps } from '#contract/trainer.ts';
import { attentionMass, thresholded } from '#reference/patches.ts';
import { addsUp, holding, massOf, measure, SCALES, views } from './measure.ts';
import { COLOURS, componentColours, headColour, upscale, winners } from './paint.ts';
import { around } from '#lib/around.ts';

const maps = (heads: number, grid: number, values: number[]): Pick<AttentionMaps, 'heads' | 'grid' | 'maps' | 'mass'> =>
  ({ heads, grid, maps: Float32Array.from(values), mass: Float32Array.from(values, (_, i) => i) });

test('the mean of heads comes first, then each head by its own row', () => {
  const list = views(maps(2, 2, [0.5, 0.25, 0.125, 0, 0, 0.25, 0.375, 0.25]));
  expect(list.map(v => v.label)).toEqual(['Mean of heads', 'Head 1', 'Head 2']);
  expect([...list[0]!.shares]).toEqual([0.25, 0.25, 0.25, 0.125]);
  expect([...list[2]!.shares]).toEqual([0, 0.25, 0.375, 0.25]);
  expect([...list[2]!.mass]).toEqual([4, 5, 6, 7]);
  expect([...list[0]!.mass]).toEqual([...massOf(list[0]!.shares)]);
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

test('the patches that hold 60 % are those of the twin', () => {
  const shares = Float32Array.from({ length: 49 }, (_, i) => ((i * 37) % 50) / 2000);
  attentionMass(shares).forEach((m, i) => expect(massOf(shares)[i]).toBeCloseTo(m, 5));
  for (const t of [0.1, 0.6, 0.95]) expect(holding(massOf(shares), t)).toEqual(thresholded(shares, t));
});

test('each patch goes to the head that gives it most of what counts', () => {
  const head = (...shares: number[]) => ({ shares: Float32Array.from(shares), mass: massOf(Float32Array.from(shares)) });
  // Head 0 keeps patches 0 and 1 of 0.5, 0.3, 0.1, 0.1; head 1 keeps 3 and 1 of 0.05, 0.35, 0.05, 0.4.
  const { head: won, alpha } = winners([head(0.5, 0.3, 0.1, 0.1), head(0.05, 0.35, 0.05, 0.4)], 0.6);
  expect([...won]).toEqual([0, 1, -1, 1]);
  [1, Math.sqrt(0.7), 0, Math.sqrt(0.8)].forEach((a, p) => expect(alpha[p]).toBeCloseTo(a, 5));
  const only = winners([head(0.5, 0.3, 0.1, 0.1), head(0.05, 0.35, 0.05, 0.4)], 0.6, 1);
  expect([...only.alpha].map(a => a > 0)).toEqual([false, true, false, true]);
});

test('heads beyond six have colours of their own', () => {
  expect(headColour(1)).toEqual([220, 55, 60]);
  const colours = Array.from({ length: 16 }, (_, h) => headColour(h));
  for (const colour of colours) for (const part of colour) expect(part >= 0 && part <= 255).toBe(true);
  const far = colours.every((a, i) => colours.slice(0, i).every(b => Math.hypot(...a.map((v, c) => v - b[c]!)) > 30));
  expect(far).toBe(true);
});

test('components become colours over the patches that count', () => {
  const components = Float32Array.of(1, 10, 0, 3, 20, 0, 99, -99, 5);
  expect([...componentColours(components, p => p < 2)]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0]);
});

test('a patch is shown with two to each side, grey beyond the picture', () => {
  const side = 8;
  const pixels = Uint8ClampedArray.from({ length: 4 * 64 }, (_, i) => Math.floor(i / 4));
  const cut = around(pixels, side, 8, 0);
  expect(cut.side).toBe(5);
  expect(cut.pixels[4 * (2 * 5 + 2)]).toBe(0);
  expect(cut.pixels[4 * (4 * 5 + 3)]).toBe(17);
  expect(cut.pixels[4 * (1 * 5 + 2)]).toBe(128);
});
