/** The verb that evaluates: before, during and after training, cancelled, and where there is nothing to ask. */
import { afterAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { EvaluationReport, SourceFile, TrainerEvent } from '#contract/trainer.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
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

test('before any run it is the untrained network\'s, and how far it is is told', async () => {
  const { service, events } = await open();
  const report = (await service.evaluate())!;
  expect(report.step).toBe(0);
  expect(report.figures.map(f => [f.id, f.queries, f.bank]).slice(0, 3)).toEqual([['knnClassToken', 500, IMAGES], ['knnMeanPatch', 500, IMAGES], ['probe', 500, IMAGES]]);
  // So few patches of each part are known that none is asked for.
  expect(report.figures.slice(3).map(f => [f.id, f.bank])).toEqual([['thingSegments', 8], ['objectSegments', 44], ['objectSegmentsOneToOne', 11], ['partSegments', 172], ['partSegmentsOneToOne', 43]]);
  expect(report.figures.map(f => f.thumbnail === null)).toEqual([false, false, false, true, true, true, true, true]);
  expect(column(report, 'trained')).toEqual(column(report, 'untrained'));
  await expect.poll(() => told(events).length).toBe(told(events)[0]!.total); // events are gathered, so that the answer may come before the last of them
  expect(new Set(told(events).map(e => e.doing))).toEqual(new Set(['pictures', ...report.figures.map(f => f.id)]));
  expect(told(events).map(e => e.done)).toEqual(Array.from({ length: told(events).length }, (_, i) => i));
}, 120_000);

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
