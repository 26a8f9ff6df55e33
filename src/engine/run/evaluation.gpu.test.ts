/** What the teacher knows, in figures: against the twins on fixed weights, before, during and after training, and where it can't be asked. */
import { afterAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { EvaluationReport, SourceFile, TrainerEvent } from '#contract/trainer.ts';
import { Rng } from '#lib/rng.ts';
import { drawSample, sampleDataset } from '#engine/data/sample.ts';
import { describeColors, questionsOf } from '#engine/insight/figures.ts';
import { atOnce } from '#engine/insight/pieces.ts';
import { initialWeights, parameterLayout, unpack } from '#engine/model/parameters.ts';
import { backbone } from '#reference/backbone.ts';
import { tokenFeatures } from '#reference/features.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { examOf } from './exam.ts';
import { Library } from './library.ts';
import { TrainerService } from './service.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 24, localSize: 8, patchSize: 8, embedDim: 24, depth: 2, numHeads: 2, mlpRatio: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 2, steps: 5000, kernels: 'fixed', lr: 0.01, lrWarmup: 0,
};
const IMAGES = 40;

const services: TrainerService[] = [];
afterAll(() => Promise.all(services.map(s => s.stop())));

async function open(files?: SourceFile[]) {
  const service = new TrainerService(new Library(async () => new FakeDisk(), `test ${crypto.randomUUID()}`));
  services.push(service);
  const events: TrainerEvent[] = [];
  await service.subscribe(told => { events.push(...told); });
  await (files ? service.loadFiles('folder', files) : service.loadSample(IMAGES, 1));
  await service.estimate(CONFIG);
  return { service, events };
}

const told = (events: TrainerEvent[]) => events.filter(e => e.type === 'evaluation');
const column = (report: EvaluationReport | null, which: 'trained' | 'untrained' | 'colour') => Object.fromEntries(report!.figures.map(f => [f.id, f[which]]));

test('the figures of an untrained network and of colours are those of the twins', async () => {
  const { service, events } = await open();
  const report = (await service.evaluate())!;

  // The same exam, with images described in plain double precision.
  const dataset = await sampleDataset(IMAGES, 1, 96);
  const exam = atOnce(examOf(dataset, CONFIG));
  const questions = questionsOf(exam);
  expect(report.figures.map(f => [f.id, f.queries, f.bank])).toEqual(questions.map(q => [q.id, q.queries, q.bank]));
  expect(report.step).toBe(0);
  expect(column(report, 'trained')).toEqual(column(report, 'untrained'));

  const [S, P, grid, C] = [CONFIG.imageSize, CONFIG.patchSize, 3, CONFIG.embedDim];
  const T = 1 + grid ** 2;
  // 96 px to 24 px without the network's resampling: its pictures differ by a level here and there, so figures may by a query or two.
  const pixels = exam.images.map(index => shrink(drawSample(index, 1, 96).pixels, 96, S));
  const layout = parameterLayout(CONFIG);
  const flat = initialWeights(layout, CONFIG, new Rng(CONFIG.seed, 1));
  const weights = Object.fromEntries(layout.specs.filter(s => s.name.startsWith('backbone/')).map(s => [s.name.slice(9), Float64Array.from(unpack(s, flat))]));
  const images = Float64Array.from(pixels.flatMap(p => [0, 1, 2].flatMap(c => Array.from({ length: S * S }, (_, i) => (p[3 * i + c]! - CONFIG.mean[c]!) / CONFIG.std[c]!))));
  const tokens = (depth: number) => backbone(weights, { embedDim: C, depth, heads: CONFIG.numHeads, mlpHidden: C * CONFIG.mlpRatio, patchSize: P },
    { layout: { globals: pixels.length, g: grid, locals: 0, l: 0 }, globalImages: images, localImages: [], mask: null, drop: null }).features;
  const [first, last] = [tokens(1), tokens(2)];
  const features = [first, last].map(t => tokenFeatures(t, pixels.length, T, C));
  const feature = (which: number, place: 0 | 1) => exam.images.map((_, i) => [...features[which]!.subarray((2 * i + place) * C, (2 * i + place + 1) * C)]);
  const rows = (values: number[][]) => ({ values: Float32Array.from(values.flat()), width: values[0]!.length });
  const ofImages = <T>(of: (image: number) => T) => exam.patchImages.map(of);
  const network = {
    classToken: rows(feature(1, 0)), meanPatch: rows(feature(1, 1)), deep: rows(feature(0, 0).map((row, i) => [...row, ...feature(1, 0)[i]!])),
    patches: { values: Float32Array.from(ofImages(i => [...last.subarray((i * T + 1) * C, (i + 1) * T * C)]).flat()), width: C }, patchNearness: 'angle' as const,
  };
  const colorsOf = (i: number) => Array.from({ length: grid * grid * 3 }, (_, n) => {
    const [patch, c] = [Math.floor(n / 3), n % 3];
    let sum = 0;
    for (let y = 0; y < P; y++) for (let x = 0; x < P; x++) sum += pixels[i]![3 * ((Math.floor(patch / grid) * P + y) * S + patch % grid * P + x) + c]! / P ** 2;
    return sum;
  });
  const colours = describeColors(rows(exam.images.map((_, i) => colorsOf(i))), exam.bank.length, { values: Float32Array.from(ofImages(colorsOf).flat()), width: 3 });
  for (const { id, answer } of questions) {
    const figure = report.figures.find(f => f.id === id)!;
    for (const [which, described] of [['untrained', network], ['colour', colours]] as const) {
      expect(Math.abs(figure[which] - atOnce(answer(described))), `${id} of ${which}`).toBeLessThan(TOLERANCE[id] ?? 1.5);
    }
  }
  const progress = told(events);
  expect(new Set(progress.map(e => e.doing))).toEqual(new Set(['pictures', ...questions.map(q => q.id)]));
  expect(progress.map(e => e.done)).toEqual(Array.from({ length: progress.length }, (_, i) => i));
  expect(progress.length).toBe(progress[0]!.total);
}, 120_000);

const TOLERANCE: Partial<Record<string, number>> = {};

/** Means over boxes, (size, size, 3) from 0 to 1. */
function shrink(rgba: Uint8ClampedArray, from: number, size: number): Float64Array {
  const box = from / size;
  const out = new Float64Array(size * size * 3);
  for (let y = 0; y < from; y++) for (let x = 0; x < from; x++) for (let c = 0; c < 3; c++) {
    out[3 * (Math.floor(y / box) * size + Math.floor(x / box)) + c]! += rgba[4 * (y * from + x) + c]! / 255 / box ** 2;
  }
  return out;
}

test('with a run: the trained teacher beside the same baselines, which are not measured again', async () => {
  const { service, events } = await open();
  await service.start(CONFIG, false);
  const before = await service.evaluate();
  const batches = told(events).filter(e => e.doing === 'pictures').length;
  for (let i = 0; i < 3; i++) await service.singleStep();
  const after = await service.evaluate();
  expect([before!.step, after!.step]).toEqual([0, 3]);
  expect(column(after, 'untrained')).toEqual(column(before, 'trained'));
  expect(column(after, 'colour')).toEqual(column(before, 'colour'));
  expect(column(after, 'trained')).not.toEqual(column(before, 'trained'));
  for (const f of after!.figures) for (const v of [f.trained, f.untrained, f.colour]) expect(v >= 0 && v <= 100).toBe(true);
  expect(told(events).filter(e => e.doing === 'pictures').length).toBe(2 * batches);
  expect(told(events).at(-1)!.total).toBe(batches + after!.figures.length);
  // Deterministic: the same teacher again gives the same figures.
  expect(column(await service.evaluate(), 'trained')).toEqual(column(after, 'trained'));
}, 120_000);

test('it is cancelled by hand, by another one, by other images, and by the end of the run; training goes on meanwhile', async () => {
  const { service } = await open();
  await service.start(CONFIG, false);
  await service.singleStep();
  await service.resume();
  const [first, second] = [service.evaluate(), service.evaluate()];
  expect(await first).toBeNull();
  await service.cancelEvaluation();
  expect(await second).toBeNull();
  const third = service.evaluate();
  await service.start(CONFIG, false);
  expect(await third).toBeNull();
  const fourth = service.evaluate();
  await service.loadSample(12, 2);
  expect(await fourth).toBeNull();
  expect((await service.evaluate())!.figures).toHaveLength(8);
}, 120_000);

const picture = async (hue: number): Promise<Blob> => {
  const canvas = new OffscreenCanvas(24, 24);
  const draw = canvas.getContext('2d')!;
  draw.fillStyle = `hsl(${hue} 80% 50%)`;
  draw.fillRect(0, 0, 24, 24);
  return canvas.convertToBlob();
};

test('a folder with classes has neighbours and a probe; without, or with too few images, the reason is said', async () => {
  const files = await Promise.all(Array.from({ length: 30 }, async (_, i) => ({ path: `${i % 2 ? 'red' : 'blue'}/${String(i)}.png`, file: await picture(i % 2 ? i : 200 + i) })));
  const { service } = await open(files);
  const { figures } = (await service.evaluate())!;
  expect(figures.map(f => [f.id, f.queries, f.bank])).toEqual([['knnClassToken', 6, 24], ['knnMeanPatch', 6, 24], ['probe', 6, 24]]);
  // Two colours: also an untrained network tells them apart.
  for (const f of figures) expect([f.id, f.untrained, f.colour]).toEqual([f.id, 100, 100]);

  const flat = await open(files.map(({ path, file }) => ({ path: path.replace('/', '-'), file })));
  await expect(flat.service.evaluate()).rejects.toMatchObject({ name: 'StateError', message: expect.stringMatching(/no labels/) });
  const few = await open(files.slice(0, 6));
  await expect(few.service.evaluate()).rejects.toMatchObject({ name: 'StateError', message: expect.stringMatching(/fewer than five/) });
});
