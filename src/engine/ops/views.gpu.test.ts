/** The views against their twin, which repeats Pillow and torchvision byte for byte. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawViews, centerView, type ViewParams } from '#engine/data/views.ts';
import { preset } from '#contract/config.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { download, padded, tensor, upload } from '#engine/gpu/tensor.ts';
import { Rng } from '#lib/rng.ts';
import { fromRgba, viewInput } from '#reference/views.ts';
import { pictureRgba } from '#testing/golden/views/picture.ts';
import { pictureWords, type Picture, ViewPipeline, viewRows, type ViewShape } from './views.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open();
});
afterAll(() => gpu.destroy());

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const shape = (over: Partial<ViewShape>): ViewShape =>
  ({ images: 1, globals: 1, locals: 0, imageSize: 8, localSize: 4, patchSize: 4, mean: MEAN, std: STD, ...over });

/** Rows as the GPU wrote them, over memory that held other numbers. */
async function rowsOf(s: ViewShape, pictures: Picture[], recipes: ViewParams[][]): Promise<Float32Array> {
  const patches = tensor(gpu, 'patches', viewRows(s) * padded(3 * s.patchSize ** 2));
  upload(gpu, patches, new Float32Array(patches.words).fill(777));
  const pipeline = await ViewPipeline.create(gpu, s, patches, pictureWords(pictures));
  pipeline.load(pictures, recipes);
  const encoder = gpu.device.createCommandEncoder();
  pipeline.encode(encoder);
  gpu.device.queue.submit([encoder.finish()]);
  const out = await download(gpu, patches);
  pipeline.destroy();
  gpu.release(patches.buffer!);
  return out;
}

/** The same rows by the twin, padding 0. */
function expectedRows(s: ViewShape, pictures: Picture[], recipes: ViewParams[][]): Float64Array {
  const P = s.patchSize;
  const stride = padded(3 * P * P);
  const out = new Float64Array(viewRows(s) * stride);
  let row0 = 0;
  for (let v = 0; v < s.globals + s.locals; v++) {
    const size = v < s.globals ? s.imageSize : s.localSize;
    const grid = size / P;
    pictures.forEach((p, image) => {
      const input = viewInput(fromRgba(p.width, p.height, p.data), recipes[image]![v]!, size, s.mean, s.std);
      for (let c = 0; c < 3; c++) for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
        const row = row0 + Math.floor(y / P) * grid + Math.floor(x / P);
        out[row * stride + c * P * P + y % P * P + x % P] = input[(c * size + y) * size + x]!;
      }
      row0 += grid * grid;
    });
  }
  return out;
}

/** Differences in levels of 255. */
async function gaps(s: ViewShape, pictures: Picture[], recipes: ViewParams[][]): Promise<{ most: number; exact: number }> {
  const got = await rowsOf(s, pictures, recipes);
  const want = expectedRows(s, pictures, recipes);
  const plane = s.patchSize ** 2;
  const stride = padded(3 * plane);
  let most = 0;
  let exact = 0;
  got.forEach((v, i) => {
    const c = Math.floor(i % stride / plane);
    const gap = Math.abs(v - want[i]!) * (s.std[c] ?? 1) * 255;
    most = Math.max(most, gap);
    if (gap < 0.01) exact++;
  });
  return { most, exact: exact / got.length };
}

const plain = (left: number, top: number, width: number, height: number, over: Partial<ViewParams> = {}): ViewParams =>
  ({ crop: { left, top, width, height }, flip: false, color: [], gray: false, blurSigma: 0, solarize: false, ...over });

describe('crop and resize', () => {
  test.each([
    ['one pixel grows', 1, 1, plain(0, 0, 1, 1), 8, 4],
    ['a crop of one pixel', 63, 65, plain(62, 64, 1, 1), 8, 8],
    ['shrinks by an odd factor', 63, 65, plain(0, 0, 63, 65), 9, 1],
    ['shrinks far', 63, 65, plain(1, 2, 61, 60), 4, 4],
    ['grows, flipped', 63, 65, plain(20, 11, 7, 5, { flip: true }), 24, 8],
    ['keeps its size', 63, 65, plain(3, 40, 16, 16), 16, 4],
    ['one direction grows, the other shrinks', 40, 7, plain(2, 0, 37, 7), 16, 8],
    ['a tall strip', 3, 300, plain(1, 0, 1, 300), 12, 4],
  ])('%s', async (_, width, height, recipe, imageSize, patchSize) => {
    const { most, exact } = await gaps(shape({ imageSize, patchSize }), [pictureRgba(width, height, 3)], [[recipe]]);
    expect(most).toBeLessThan(1.01);
    expect(exact).toBeGreaterThan(0.99);
  });
});

describe('one change at a time, crop at its own size', () => {
  const changed = (over: Partial<ViewParams>) => gaps(shape({ imageSize: 24, patchSize: 8 }), [pictureRgba(30, 26, 4)], [[plain(5, 1, 24, 24, over)]]);

  test.each([
    ['brightness', 0.613], ['brightness', 1.39], ['contrast', 0.613], ['contrast', 1.39], ['saturation', 0.81], ['saturation', 1.19],
  ] as const)('%s %f', async (step, factor) => {
    const { most, exact } = await changed({ color: [{ step, factor }] });
    expect(most).toBeLessThan(1.01); // a fused multiply-add may cut off at the next level
    expect(exact).toBeGreaterThan(0.999);
  });

  test.each([-0.1, -0.031, 0.072])('hue %f', async factor => {
    const { most, exact } = await changed({ color: [{ step: 'hue', factor }] });
    expect(most).toBeLessThan(6.01); // one level of hue is up to six of a channel
    expect(exact).toBeGreaterThan(0.99);
  });

  test.each([
    ['gray', { gray: true }], ['solarize', { solarize: true }], ['flip', { flip: true }],
    ['blur 0.1', { blurSigma: 0.1 }], ['blur 0.9', { blurSigma: 0.9 }], ['blur 2', { blurSigma: 2 }],
  ])('%s is exact', async (_, over) => {
    expect((await changed(over)).exact).toBe(1);
  });

  test('all 24 orders of four changes', async () => {
    const factors = { brightness: 1.3, contrast: 0.7, saturation: 1.2, hue: 0.05 };
    const steps = Object.keys(factors) as (keyof typeof factors)[];
    const orders = steps.flatMap(a => steps.flatMap(b => steps.flatMap(c => steps.flatMap(d => new Set([a, b, c, d]).size === 4 ? [[a, b, c, d]] : []))));
    const recipes = orders.map(order => plain(0, 0, 16, 16, { color: order.map(step => ({ step, factor: factors[step] })) }));
    expect(recipes).toHaveLength(24);
    const { most, exact } = await gaps(shape({ globals: 24, imageSize: 16 }), [pictureRgba(16, 16, 4)], [recipes]);
    expect(most).toBeLessThan(6.01);
    expect(exact).toBeGreaterThan(0.99);
  });
});

describe('whole micro-batches of drawn views', () => {
  test.each([
    { images: 3, globals: 2, locals: 4, imageSize: 32, localSize: 16, patchSize: 4 },
    { images: 2, globals: 2, locals: 3, imageSize: 24, localSize: 8, patchSize: 8 },
    { images: 2, globals: 2, locals: 1, imageSize: 5, localSize: 3, patchSize: 1 },
    { images: 5, globals: 2, locals: 0, imageSize: 20, localSize: 4, patchSize: 5 },
  ])('$images images, $locals local views, $imageSize and $localSize pixels, patch $patchSize', async over => {
    const s = shape(over);
    const pictures = Array.from({ length: s.images }, (_, i) => pictureRgba([63, 40, 17, 96, 1][i]!, [65, 33, 90, 64, 1][i]!, i));
    const config = { ...preset('seed'), localViews: s.locals, jitter: 1, blur: [0.5, 0.5, 0.5] as [number, number, number], solarize: [0.3, 0.3, 0.3] as [number, number, number] };
    const { most, exact } = await gaps(s, pictures, drawViews(new Rng(5), config, pictures));
    expect(exact).toBeGreaterThan(0.99); // a level more or less after the resize goes through every change that follows
    expect(most).toBeLessThan(10);
  });

  test('evaluation: one unchanged view per image, again and with larger pictures', async () => {
    const s = shape({ images: 2, imageSize: 16 });
    const patches = tensor(gpu, 'patches', viewRows(s) * padded(48));
    const pipeline = await ViewPipeline.create(gpu, s, patches, 1);
    for (const side of [20, 50, 10]) {
      const pictures = [pictureRgba(side, side + 7, 1), pictureRgba(side + 3, side, 2)];
      const recipes = pictures.map(p => [centerView(p.width, p.height)]);
      await pipeline.reserve(pictureWords(pictures));
      pipeline.load(pictures, recipes);
      const encoder = gpu.device.createCommandEncoder();
      pipeline.encode(encoder);
      gpu.device.queue.submit([encoder.finish()]);
      const want = expectedRows(s, pictures, recipes);
      const got = await download(gpu, patches);
      expect(Math.max(...got.map((v, i) => Math.abs(v - want[i]!)))).toBeLessThan(1.01 / 255 / 0.224);
    }
    const before = gpu.allocated;
    pipeline.destroy();
    gpu.release(patches.buffer!);
    expect(gpu.allocated).toBeLessThan(before);
  });
});

test('what cannot be is refused in words', async () => {
  const s = shape({});
  const patches = tensor(gpu, 'patches', viewRows(s) * padded(48));
  const pipeline = await ViewPipeline.create(gpu, s, patches, 64);
  const picture = pictureRgba(8, 8, 0);
  expect(() => pipeline.load([picture], [[plain(1, 0, 8, 8)]])).toThrow('leaves its picture');
  expect(() => pipeline.load([picture, picture], [[], []])).toThrow('planned for 1 images');
  expect(() => pipeline.load([picture], [[]])).toThrow('image 0 has 0');
  expect(() => pipeline.load([pictureRgba(9, 8, 0)], [[plain(0, 0, 8, 8)]])).toThrow('reserve more');
  expect(() => pipeline.load([{ ...picture, width: 4 }], [[plain(0, 0, 4, 8)]])).toThrow('has 256 bytes, not 128');
  await expect(ViewPipeline.create(gpu, shape({ imageSize: 16 }), patches, 64)).rejects.toThrow('the views fill');
  pipeline.destroy();
  gpu.release(patches.buffer!);
});
