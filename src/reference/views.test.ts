/** The twin against Pillow 13.0 and torchvision 0.28 (src/testing/golden/views/make_views.py). */
import { describe, expect, test } from 'vitest';
import { picture } from '#testing/golden/views/picture.ts';
import golden from '#testing/golden/views/views.json' with { type: 'json' };
import * as views from './views.ts';
import type { Rgb } from './views.ts';

const solarize = (image: Rgb) => views.viewPixels(image, { ...plain(image), solarize: true }, image.width);
const plain = ({ width, height }: Rgb) => ({ crop: { left: 0, top: 0, width, height }, flip: false, color: [], gray: false, blurSigma: 0, solarize: false });

describe('crop and resize are exact', () => {
  test.each(golden.resize)('$width x $height, crop $crop, to $size', ({ width, height, seed, crop: [left, top, w, h], size, data }) => {
    const out = views.resizeCrop(picture(width, height, seed), { left: left!, top: top!, width: w!, height: h! }, size);
    expect([...out.data]).toEqual(data);
  });
});

describe('colour operators are exact', () => {
  test.each(golden.colour.filter(g => g.op !== 'solarize'))('$op $factor', ({ op, factor, width, height, seed, data }) => {
    const image = picture(width, height, seed);
    const out = op === 'rgb_to_grayscale' ? views.grayscale(image) : views[op as 'brightness' | 'contrast' | 'saturation' | 'hue'](image, factor);
    expect([...out.data]).toEqual(data);
  });

  test('hue on a sample of all colours', () => {
    const { colours, data, turn } = golden.hue_cube;
    expect([...views.hue({ width: 11, height: 121, data: Uint8ClampedArray.from(colours) }, turn).data]).toEqual(data);
  });

  test('solarize', () => {
    const { width, height, seed, data } = golden.colour.find(g => g.op === 'solarize')!;
    const tall = picture(width, height, seed);
    // a view is square: the left 10 x 10 pixels
    const left = { width: 10, height: 10, data: tall.data.filter((_, i) => Math.floor(i / 3) % width < 10) };
    expect([...solarize(left).data]).toEqual(data.filter((_, i) => Math.floor(i / 3) % width < 10));
  });
});

describe('the blur is exact', () => {
  test.each(golden.blur)('sigma $sigma on $width x $height', ({ sigma, width, height, seed, data }) => {
    expect([...views.blur(picture(width, height, seed), sigma).data]).toEqual(data);
  });

  test.each([[0.5, 0.04545], [1, 0.25], [2, 1.375]])('sigma %f is a box of radius %f', (sigma, radius) => {
    expect(views.boxRadius(sigma)).toBeCloseTo(radius, 5);
  });
});

test('a view in order: crop, flip, colours, gray, blur, solarize, normalise', () => {
  const image = { width: 2, height: 2, data: Uint8ClampedArray.from([10, 20, 30, 200, 210, 220, 0, 0, 0, 255, 255, 255]) };
  const view = { ...plain(image), flip: true, color: [{ step: 'brightness' as const, factor: 0.5 }], gray: true, solarize: true };
  // luma of (10,20,30) * 0.5 = (5,10,15) is 9, of (100,105,110) 104; white becomes 127
  expect([...views.viewInput(image, view, 2, [0, 0.2, 0.5], [1, 0.5, 0.25])].map(v => Math.round(v * 1e4) / 1e4)).toEqual(
    [0, 0.2, 0.5].flatMap((mean, c) => [104, 9, 127, 0].map(v => Math.round((v / 255 - mean) / [1, 0.5, 0.25][c]! * 1e4) / 1e4)));
});
