/** The figures of a teacher with fixed weights, as the GPU describes the images, against the same of the backbone in float64. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import { drawSample, SAMPLE_KINDS, SAMPLE_PARTS } from '#engine/data/sample.ts';
import { centerView } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { initialWeights, parameterLayout, parameterTensors, unpack } from '#engine/model/parameters.ts';
import { backbone } from '#reference/backbone.ts';
import { tokenFeatures } from '#reference/features.ts';
import { openGpu, WAYS } from '#testing/check-op.ts';
import { Encoder } from './encoder.ts';
import { describeColors, describeThumbnails, type Description, type Questions, questionsOf } from './figures.ts';
import { Gathering } from './gathering.ts';
import { Meter } from './meter.ts';
import { patchLabels } from './patch-labels.ts';
import { atOnce } from './pieces.ts';
import type { Rows } from './rows.ts';

const CONFIG: Config = { ...preset('tiny'), imageSize: 24, patchSize: 4, embedDim: 22, depth: 5, numHeads: 2, mlpRatio: 2, headHidden: 8, headBottleneck: 4, prototypes: 8 };
const [S, GRID, C, P, BATCH] = [24, 6, CONFIG.embedDim, CONFIG.patchSize, 16];
const PATCHES = GRID ** 2;
const T = 1 + PATCHES;
const [BANK, QUERIES] = [50, 20]; // batches of 16: the last one not full

/** Pictures of the network's own size, so that nothing is resized. */
const drawn = Array.from({ length: BANK + QUERIES }, (_, i) => drawSample(i, 3, S));
const pictures = drawn.map(({ pixels }) => ({ width: S, height: S, data: pixels }));
/** The first of the bank and the first of the queries. */
const patchImages = [...Array.from({ length: 40 }, (_, i) => i), ...Array.from({ length: 15 }, (_, i) => BANK + i)];

const parts = patchImages.flatMap(i => [...patchLabels(drawn[i]!.parts, S, GRID)]);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const ofParts = (rows: number[]) => rows.filter(r => parts[r] !== 0);
const known = (rows: number[]) => ({ rows: Int32Array.from(rows), parts: Int32Array.from(rows, r => parts[r]!) });
const kinds = (from: number, to: number) => Int32Array.from(drawn.slice(from, to), d => d.kind);
const questions: Questions = {
  bank: kinds(0, BANK), queries: kinds(BANK, BANK + QUERIES), classes: 10,
  parts: {
    bank: known(ofParts(range(0, 40 * PATCHES))), withBackground: known(range(0, 40 * PATCHES)), clustered: known(range(0, 30 * PATCHES)),
    queries: known(ofParts(range(40 * PATCHES, 55 * PATCHES))),
    count: SAMPLE_PARTS.length, objectOf: SAMPLE_PARTS.map(p => 1 + SAMPLE_KINDS.indexOf(p.split(' ')[0]!)),
  },
};
const figures = (described: Description) => Object.fromEntries(questionsOf(questions).map(({ id, answer }) => [id, atOnce(answer(described))]));

const layout = parameterLayout(CONFIG);
const flat = initialWeights(layout, CONFIG, new Rng(4)).map(w => 2 * w);

/** All descriptions in float64. */
const want = (() => {
  const weights = Object.fromEntries(layout.specs.filter(s => s.name.startsWith('backbone/')).map(s => [s.name.slice(9), Float64Array.from(unpack(s, flat))]));
  const images = Float64Array.from(pictures.flatMap(({ data }) => [0, 1, 2].flatMap(c => Array.from({ length: S * S }, (_, i) => (data[4 * i + c]! / 255 - CONFIG.mean[c]!) / CONFIG.std[c]!))));
  const after = (depth: number) => backbone(weights, { embedDim: C, depth, heads: CONFIG.numHeads, mlpHidden: C * CONFIG.mlpRatio, patchSize: P },
    { layout: { globals: pictures.length, g: GRID, locals: 0, l: 0 }, globalImages: images, localImages: [], mask: null, drop: null }).features;
  const tokens = [2, 3, 4, 5].map(after);
  const features = tokens.map(t => tokenFeatures(t, pictures.length, T, C));
  const rows = (width: number, of: (image: number) => number[], which = pictures.map((_, i) => i)): Rows => ({ width, values: Float32Array.from(which.flatMap(of)) });
  const feature = (block: number, place: number) => (i: number) => [...features[block]!.subarray((2 * i + place) * C, (2 * i + place + 1) * C)];
  const colors = (i: number) => Array.from({ length: PATCHES * 3 }, (_, n) => {
    const [patch, c] = [Math.floor(n / 3), n % 3];
    let sum = 0;
    for (let y = 0; y < P; y++) for (let x = 0; x < P; x++) sum += pictures[i]!.data[4 * ((Math.floor(patch / GRID) * P + y) * S + patch % GRID * P + x) + c]! / 255 / P ** 2;
    return sum;
  });
  const network: Description = {
    classToken: rows(C, feature(3, 0)), meanPatch: rows(C, feature(3, 1)), deep: rows(4 * C, i => [0, 1, 2, 3].flatMap(b => feature(b, 0)(i))),
    patches: rows(C, i => [...tokens[3]!.subarray((i * T + 1) * C, (i + 1) * T * C)], patchImages), patchNearness: 'angle',
  };
  const pictureColors = (i: number) => {
    const channels = [0, 1, 2].map(c => Array.from({ length: S * S }, (_, p) => pictures[i]!.data[4 * p + c]! / 255));
    const means = channels.map(v => v.reduce((s, x) => s + x, 0) / v.length);
    return [...means, ...channels.map((v, c) => Math.sqrt(v.reduce((s, x) => s + (x - means[c]!) ** 2, 0) / v.length))];
  };
  const patchColors = rows(3, colors, patchImages);
  return {
    network: figures(network),
    colours: figures(describeColors(rows(6, pictureColors), BANK, patchColors)),
    thumbnails: figures(describeThumbnails(rows(PATCHES * 3, colors), BANK, patchColors)),
  };
})();

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  let gathering: Gathering;
  beforeAll(async () => {
    gpu = await openGpu(way);
    const teacher = tensor(gpu, 'teacher', layout.total);
    upload(gpu, teacher, flat);
    const encoder = await Encoder.create(gpu, CONFIG, parameterTensors(layout, teacher), BATCH);
    gathering = new Gathering(encoder, C, pictures.length, patchImages);
    for (let first = 0; first < pictures.length; first += BATCH) {
      const shown = Array.from({ length: BATCH }, (_, i) => pictures[Math.min(pictures.length - 1, first + i)]!);
      await encoder.run(shown, shown.map(p => centerView(p.width, p.height)));
      await gathering.take(first, Math.min(BATCH, pictures.length - first), new Meter());
    }
    encoder.destroy();
  });
  afterAll(() => { gpu.destroy(); });

  const check = (got: Record<string, number>, expected: Record<string, number>) => {
    for (const [id, value] of Object.entries(expected)) expect(got[id], id).toBeCloseTo(value, 5);
  };
  test('of the network', () => check(figures(gathering.network), want.network));
  test('of colours alone', () => check(figures(gathering.colours(BANK)), want.colours));
  test('of thumbnails', () => check(figures(gathering.thumbnails(BANK)), want.thumbnails));
  test('they differ from each other, and none is perfect', () => {
    expect(Object.keys(want.network)).toHaveLength(10);
    expect(want.network).not.toEqual(want.colours);
    expect(want.colours).not.toEqual(want.thumbnails);
    for (const value of Object.values(want).flatMap(figures => Object.values(figures))) expect(value >= 0 && value < 100).toBe(true);
  });
});
