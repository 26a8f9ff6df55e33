/** The views of a whole dataset, with a teacher of fixed weights, against the twins: patterns, the plane, neighbours, clusters. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { centerView } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { parameterTensors } from '#engine/model/parameters.ts';
import { patchCovariance, patchProject, patchSimilarity } from '#reference/patches.ts';
import { patternLayout } from '#reference/patterns.ts';
import { checkClose, openGpu, WAYS } from '#testing/check-op.ts';
import { FIXED, FIXED_LAYOUT, FIXED_WEIGHTS, fixedAnswer, fixedPictures } from '#testing/fixed-teacher.ts';
import { jacobi } from './eigen.ts';
import { Encoder } from './encoder.ts';
import { kmeans } from './kmeans.ts';
import { MapMaker } from './map-maker.ts';
import { Meter } from './meter.ts';
import { PatternReader } from './pattern-reader.ts';
import { PatternTally } from './pattern-tally.ts';
import { atOnce } from './pieces.ts';
import { type Rows, unitRows } from './rows.ts';

const IMAGES = 24;
const BATCH = 8;
const C = FIXED.embedDim;
const K = FIXED.prototypes;
const T = 1 + (FIXED.imageSize / FIXED.patchSize) ** 2;
const pictures = fixedPictures(IMAGES);
const want = fixedAnswer(pictures);
/** (images, rows of each, C or K), those from token `from` to token `to` of each image. */
const ofEach = (values: Float64Array, width: number, from: number, to: number) =>
  Float64Array.from(Array.from({ length: IMAGES }, (_, i) => [...values.subarray((i * T + from) * width, (i * T + to) * width)]).flat());
const classTokens = ofEach(want.tokens, C, 0, 1);
/** Of the same float64 tokens. */
const unit: Rows = unitRows({ values: Float32Array.from(classTokens), width: C });

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  const features = new Float32Array(IMAGES * C);
  const tallies = { patch: new PatternTally(K, 4), class: new PatternTally(K, 4) };
  beforeAll(async () => {
    gpu = await openGpu(way);
    const teacher = tensor(gpu, 'teacher', FIXED_LAYOUT.total);
    upload(gpu, teacher, FIXED_WEIGHTS);
    const named = parameterTensors(FIXED_LAYOUT, teacher);
    const encoder = await Encoder.create(gpu, FIXED, named, BATCH);
    const reader = await PatternReader.create(gpu, FIXED, named, encoder);
    for (let first = 0; first < IMAGES; first += BATCH) {
      const some = pictures.slice(first, first + BATCH);
      await encoder.run(some, some.map(p => centerView(p.width, p.height)));
      const both = await encoder.readFeatures();
      const { prototypes, logits } = await reader.read(new Meter());
      for (let i = 0; i < BATCH; i++) {
        features.set(both.subarray(2 * i * C, (2 * i + 1) * C), (first + i) * C);
        tallies.class.add(first + i, prototypes.subarray(i * T, i * T + 1), logits.subarray(i * T, i * T + 1));
        tallies.patch.add(first + i, prototypes.subarray(i * T + 1, (i + 1) * T), logits.subarray(i * T + 1, (i + 1) * T));
      }
    }
    reader.destroy();
    encoder.destroy();
  });
  afterAll(() => gpu.destroy());

  test.each([['patch', 1, T], ['class', 0, 1]] as const)('patterns by %s tokens', (kind, from, to) => {
    const layout = patternLayout(ofEach(want.logits, K, from, to), IMAGES, to - from, K, 10, 4);
    const got = tallies[kind].largest(10);
    expect(got.map(({ prototype, count, best }) => ({ prototype, count, best: best.map(b => [b.image, b.token]) })))
      .toEqual(layout.map(({ prototype, count, best }) => ({ prototype, count, best: best.map(b => [b.image, b.patch]) })));
    checkClose('logits', got.flatMap(o => o.best.map(b => b.logit)), layout.flatMap(p => p.best.map(b => b.logit)), { tolerance: 2e-4 });
    expect(tallies[kind].tokens).toBe(IMAGES * (to - from));
    expect(layout.length).toBeGreaterThan(2);
  });

  test('the plane of the images', () => {
    const maker = new MapMaker();
    maker.load(features, C, false);
    const { positions, directions, explained } = maker.principal();
    // The images in place of patches: the twin leaves the first row out.
    const rows = Float64Array.of(...new Float64Array(C), ...unit.values);
    const { mean, covariance } = patchCovariance(rows, 1, 1 + IMAGES, C, new Float64Array(IMAGES).fill(1 / IMAGES));
    const { values, vectors } = jacobi(covariance, C);
    const all = values.reduce((s, v) => s + v, 0);
    checkClose('explained', explained, [...values.subarray(0, 2)].map(v => v / all), { tolerance: 1e-3 });
    const signed = directions.map((d, k) => vectors[k]!.map(v => Math.sign(d.reduce((s, x, i) => s + x * vectors[k]![i]!, 0)) * v));
    checkClose('positions', positions, patchProject(rows, 1, 1 + IMAGES, C, mean, signed.flatMap(v => [...v])), { tolerance: 2e-3 });
  });

  test.each([0, 11, 23])('neighbours of image %i', image => {
    const maker = new MapMaker();
    maker.load(features, C, false);
    const cosines = patchSimilarity(Float64Array.of(...classTokens.subarray(image * C, (image + 1) * C), ...classTokens), 1, 1 + IMAGES, C, 0);
    const order = [...cosines.keys()].filter(i => i !== image).sort((a, b) => cosines[b]! - cosines[a]!).slice(0, 7);
    const near = maker.nearest(image, 7);
    expect(near.map(n => n.row)).toEqual(order);
    checkClose('cosines', near.map(n => n.cosine), order.map(i => cosines[i]!), { tolerance: 1e-4 });
  });

  test.each([2, 5])('%i clusters', k => {
    const maker = new MapMaker();
    maker.load(features, C, false);
    const { labels, typical } = maker.clusters(k);
    // Of the twin's tokens: which images belong together; numbers go by size.
    const { cluster } = atOnce(kmeans(unit, k, new Rng(1)));
    for (let i = 0; i < IMAGES; i++) for (let j = 0; j < i; j++) expect(labels[i] === labels[j]).toBe(cluster[i] === cluster[j]);
    const sizes = typical.map((_, l) => labels.filter(x => x === l).length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });
});
