/** Every view of a teacher with fixed weights against the twins: backbone in float64, then what each view says of its tokens. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import { centerView } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { initialWeights, parameterLayout, parameterTensors, unpack } from '#engine/model/parameters.ts';
import { attentionWeights } from '#reference/attention.ts';
import { backbone } from '#reference/backbone.ts';
import { tokenFeatures } from '#reference/features.ts';
import { linearForward } from '#reference/gemm.ts';
import * as twin from '#reference/patches.ts';
import { checkClose, openGpu, WAYS } from '#testing/check-op.ts';
import { jacobi } from './eigen.ts';
import { Encoder } from './encoder.ts';
import { Likeness } from './likeness.ts';
import { Meter } from './meter.ts';
import { PatchViews } from './patch-views.ts';

const CONFIG: Config = { ...preset('tiny'), imageSize: 20, patchSize: 4, embedDim: 22, depth: 2, numHeads: 2, mlpRatio: 2, headHidden: 8, headBottleneck: 4, prototypes: 8 };
const COUNT = 3;
const GRID = 5;
const T = 1 + GRID ** 2;
const PATCHES = GRID ** 2;
const C = CONFIG.embedDim;

/** Smooth pictures of the network's own size, so that nothing is resized. */
const pictures = Array.from({ length: COUNT }, (_, i) => {
  const S = CONFIG.imageSize;
  const data = new Uint8ClampedArray(4 * S * S).fill(255);
  for (let y = 0; y < S; y++) for (let x = 0; x < S; x++) for (let c = 0; c < 3; c++) {
    const disc = Math.hypot(x - 9 - i, y - 8 + i) < 6 ? 110 : 0;
    data[4 * (y * S + x) + c] = 60 + disc + 40 * Math.sin(x * (0.3 + 0.1 * c) + i) + 20 * Math.cos(y * 0.5 + c);
  }
  return { width: S, height: S, data };
});
const recipes = pictures.map(p => centerView(p.width, p.height));

const layout = parameterLayout(CONFIG);
/** Weights twice as large as at the start, so that attention and tokens differ well from even. */
const flat = initialWeights(layout, CONFIG, new Rng(4)).map(w => 2 * w);

/** The same in float64: normed tokens (COUNT * T, C) of both blocks, and queries, keys and values of the first block. */
const want = (() => {
  const weights = Object.fromEntries(layout.specs.filter(s => s.name.startsWith('backbone/')).map(s => [s.name.slice(9), Float64Array.from(unpack(s, flat))]));
  const S = CONFIG.imageSize;
  const images = Float64Array.from(pictures.flatMap(({ data }) => [0, 1, 2].flatMap(c =>
    Array.from({ length: S * S }, (_, i) => (data[4 * i + c]! / 255 - CONFIG.mean[c]!) / CONFIG.std[c]!))));
  const run = (depth: number) => backbone(weights, { embedDim: C, depth, heads: CONFIG.numHeads, mlpHidden: C * CONFIG.mlpRatio, patchSize: CONFIG.patchSize },
    { layout: { globals: COUNT, g: GRID, locals: 0, l: 0 }, globalImages: images, localImages: [], mask: null, drop: null });
  // A backbone of one block whose last norm is that before the second block's attention.
  const before = (block: number) => {
    const norm = `blocks.${block}.norm1`;
    const cut = { ...weights, 'norm.weight': weights[`${norm}.weight`]!, 'norm.bias': weights[`${norm}.bias`]! };
    const shape = { embedDim: C, depth: block, heads: CONFIG.numHeads, mlpHidden: C * CONFIG.mlpRatio, patchSize: CONFIG.patchSize };
    return backbone(cut, shape, { layout: { globals: COUNT, g: GRID, locals: 0, l: 0 }, globalImages: images, localImages: [], mask: null, drop: null }).features;
  };
  const qkv = [0, 1].map(block => linearForward(before(block), weights[`blocks.${block}.attn.qkv.weight`]!, weights[`blocks.${block}.attn.qkv.bias`]!, COUNT * T, C, 3 * C));
  return { tokens: run(CONFIG.depth).features, first: run(1).features, qkv };
})();

const CLOSE = { tolerance: 2e-4, atLeast: 0.01 };

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  let encoder: Encoder;
  let views: PatchViews;
  beforeAll(async () => {
    gpu = await openGpu(way);
    const teacher = tensor(gpu, 'teacher', layout.total);
    upload(gpu, teacher, flat);
    encoder = await Encoder.create(gpu, CONFIG, parameterTensors(layout, teacher), COUNT);
    views = await PatchViews.create(gpu, CONFIG, encoder);
    await encoder.run(pictures, recipes);
  });
  afterAll(() => {
    views.destroy();
    encoder.destroy();
    gpu.destroy();
  });

  test.each([[0, 0], [1, 0], [1, 1], [0, 25], [1, 13]])('block %i, attention of token %i: shares, mass, and what 60 %% keeps', async (block, query) => {
    const { maps, mass } = await encoder.readAttention(block, query);
    const rows = attentionWeights(want.qkv[block]!, 0, T, CONFIG.numHeads, C, query);
    const shares = Array.from({ length: CONFIG.numHeads }, (_, h) => rows.slice(h * T + 1, (h + 1) * T));
    checkClose('maps', maps, shares.flatMap(s => [...s]), CLOSE);
    checkClose('mass', mass, shares.flatMap(s => [...twin.attentionMass(s)]), CLOSE);
    const kept = Array.from(mass, m => m > 1 - 0.6);
    expect(kept).toEqual(shares.flatMap(s => twin.thresholded(s, 0.6)));
    expect(kept.filter(Boolean).length).toBeLessThan(kept.length * 0.6);
  });

  test('features that evaluations read: class tokens of both blocks, means, patch tokens', async () => {
    const [first, last] = [want.first, want.tokens].map(tokens => tokenFeatures(tokens, COUNT, T, C));
    const pictureOf = (features: Float64Array, i: number, which: 0 | 1) => [...features.subarray((2 * i + which) * C, (2 * i + which + 1) * C)];
    const all = [0, 1, 2];
    expect(encoder.blocks).toBe(2);
    checkClose('class tokens', await encoder.readClassTokens(), all.flatMap(i => [...pictureOf(first!, i, 0), ...pictureOf(last!, i, 0)]), CLOSE);
    checkClose('features', await encoder.readFeatures(), last!, CLOSE);
    const patches = (count: number) => all.slice(0, count).flatMap(i => [...want.tokens.subarray((i * T + 1) * C, (i + 1) * T * C)]);
    checkClose('patch tokens', await encoder.readPatchTokens(COUNT), patches(COUNT), CLOSE);
    checkClose('patch tokens of two', await encoder.readPatchTokens(2), patches(2), CLOSE);
  });

  test('colours of patches and of pictures', async () => {
    const { patchSize: P, imageSize: S } = CONFIG;
    const got = await encoder.readColors();
    checkClose('patches', got.patches, pictures.flatMap(({ data }) => Array.from({ length: PATCHES * 3 }, (_, i) => {
      const [patch, c] = [Math.floor(i / 3), i % 3];
      let sum = 0;
      for (let y = 0; y < P; y++) for (let x = 0; x < P; x++) sum += data[4 * ((Math.floor(patch / GRID) * P + y) * S + patch % GRID * P + x) + c]!;
      return sum / P ** 2 / 255;
    })), { tolerance: 1e-5 });
    checkClose('pictures', got.pictures, pictures.flatMap(({ data }) => {
      const channels = [0, 1, 2].map(c => Array.from({ length: S * S }, (_, i) => data[4 * i + c]! / 255));
      const means = channels.map(v => v.reduce((s, x) => s + x, 0) / v.length);
      return [...means, ...channels.map((v, c) => Math.sqrt(v.reduce((s, x) => s + (x - means[c]!) ** 2, 0) / v.length))];
    }), { tolerance: 1e-4 });
  });

  test.each([0, 12, 24])('likeness of patch %i', async patch => {
    const got = await views.similarity(patch, COUNT);
    checkClose('similarity', got, twin.patchSimilarity(want.tokens, COUNT, T, C, 1 + patch), CLOSE);
    expect(got[patch]).toBeCloseTo(1, 5);
    const likeness = await Likeness.create(gpu, CONFIG, encoder);
    likeness.take(patch);
    checkClose('the same in a search', await likeness.compare(new Meter()), got);
    likeness.destroy();
  });

  test('matches of the first two pictures', async () => {
    const got = await views.matches();
    const expected = twin.patchMatches(want.tokens, T, C, 0, 1);
    expect(got.map(m => m.patch)).toEqual(expected.map(m => m.patch));
    checkClose('cosines', got.map(m => m.similarity), expected.map(m => m.cosine), CLOSE);
    expect(new Set(got.map(m => m.patch)).size).toBeGreaterThan(3);
  });

  /** Components by the twins: all rotations of Jacobi in float64. */
  const principal = (pictures: number, counts: (patch: number) => boolean) => {
    const raw = Array.from({ length: COUNT * PATCHES }, (_, i) => i < pictures * PATCHES && counts(i) ? 1 : 0);
    const sum = raw.reduce((s: number, w) => s + w, 0);
    const { mean, covariance } = twin.patchCovariance(want.tokens, COUNT, T, C, raw.map(w => w / sum));
    const { values, vectors } = jacobi(covariance, C);
    const trace = values.reduce((s, v) => s + v, 0);
    return {
      explained: [...values.subarray(0, 3)].map(v => v / trace),
      projection: twin.patchProject(want.tokens, COUNT, T, C, mean, vectors.slice(0, 3).flatMap(v => [...v])).slice(0, pictures * PATCHES * 3),
    };
  };
  const component = (values: ArrayLike<number>, k: number) => Array.from({ length: values.length / 3 }, (_, i) => values[3 * i + k]!);
  /** Up to the sign. */
  const checkComponent = (name: string, got: number[], expected: number[]) => {
    const sign = Math.sign(got.reduce((s, v, i) => s + v * expected[i]!, 0));
    checkClose(name, got, expected.map(v => sign * v), { tolerance: 2e-3 });
  };

  test.each([COUNT, 2])('components of %i pictures, foreground, its own components, and steadiness', async pictures => {
    const fresh = await PatchViews.create(gpu, CONFIG, encoder);
    const all = await fresh.components(new Meter(), pictures, { onlyForeground: false, swapped: false });
    const expected = principal(pictures, () => true);
    for (const k of [0, 1, 2]) checkComponent(`component ${k}`, component(all.components, k), component(expected.projection, k));
    checkClose('explained', all.explained, expected.explained, CLOSE);
    expect(all.ofForeground).toBe(false);
    expect([...all.foreground]).toEqual(component(all.components, 0).map(v => Number(v > 0)));

    const own = await fresh.components(new Meter(), pictures, { onlyForeground: true, swapped: false });
    expect(own.ofForeground).toBe(true);
    expect(own.foreground).toEqual(all.foreground);
    const foreground = principal(pictures, i => all.foreground[i] === 1);
    for (const k of [0, 1, 2]) checkComponent(`foreground's component ${k}`, component(own.components, k), component(foreground.projection, k));
    checkClose('explained of the foreground', own.explained, foreground.explained, CLOSE);

    const swapped = await fresh.components(new Meter(), pictures, { onlyForeground: true, swapped: true });
    expect([...swapped.foreground]).toEqual([...all.foreground].map(f => 1 - f));
    const again = await fresh.components(new Meter(), pictures, { onlyForeground: false, swapped: false });
    checkClose('the same signs and order again', again.components, all.components, { tolerance: 1e-3 });
    fresh.destroy();
  });

  test('pictures come back as they went in', async () => {
    const got = await encoder.readPictures(COUNT);
    got.forEach((pixels, i) => expect(Math.max(...pixels.map((v, j) => Math.abs(v - pictures[i]!.data[j]!)))).toBeLessThanOrEqual(1));
  });

  test('a meter counts what is queued, not what was queued before', async () => {
    const [alone, behind] = [new Meter(), new Meter()];
    await alone.gpu(gpu, () => encoder.run(pictures, recipes));
    for (let i = 0; i < 40; i++) await encoder.run(pictures, recipes);
    const start = performance.now();
    await behind.gpu(gpu, () => encoder.run(pictures, recipes));
    expect(alone.ms).toBeGreaterThan(0);
    expect(behind.ms).toBeLessThan((performance.now() - start) / 2);
  });
});
