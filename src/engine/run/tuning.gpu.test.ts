/** Kernels before a run: measured once, remembered, fixed by the option; and what is remembered where. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { MEASURED, productsOf } from '#engine/measure/products.ts';
import { type Choice, defaultChoice, productKey, tilesOf, usableTiles } from '#engine/ops/tiles.ts';
import { prepareKernels } from './tuning.ts';
import { ingredientsOf, loadFindings, saveFindings, type StoredFinding, tuningKey } from './tuning-store.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, depth: 1, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 2,
};
const gpu = await Gpu.open();
const key = await tuningKey(ingredientsOf(gpu, MEASURED.texts, MEASURED.tiles));
let database = '';
let count = 0;
beforeEach(() => { database = `glimpse-test-${count++}`; });
afterEach(() => {
  vi.restoreAllMocks();
  indexedDB.deleteDatabase(database);
  tilesOf(gpu).chosen = new Map();
});
afterAll(() => gpu.destroy());

const [product] = (await productsOf(gpu, CONFIG)).values();
const byDefault = defaultChoice(gpu, product!);
const another: Choice = { tile: usableTiles(gpu).find(t => t.name !== byDefault.tile)!.name, splits: 1 };
const finding = (choice: Choice): StoredFinding => ({ choice, gflops: 3, defaultGflops: 2, rejected: [], date: '2026-01-02T03:04:05.000Z' });

test('what is stored comes back, is added to, and what is out of date for the adapter goes', async () => {
  expect(await loadFindings(key, database)).toEqual(new Map());
  await saveFindings(key, new Map([['a', finding(another)]]), database);
  await saveFindings(key, new Map([['b', finding(byDefault)]]), database);
  expect(await loadFindings(key, database)).toEqual(new Map([['a', finding(another)], ['b', finding(byDefault)]]));
  const elsewhere = { id: 'elsewhere', adapter: 'another' };
  const newer = { ...key, id: 'newer' };
  await saveFindings(elsewhere, new Map([['c', finding(another)]]), database);
  await saveFindings(newer, new Map([['d', finding(another)]]), database);
  expect(await loadFindings(key, database)).toEqual(new Map());
  expect((await loadFindings(newer, database)).size).toBe(1);
  expect((await loadFindings(elsewhere, database)).size).toBe(1);
});

test('what is measured at one start is remembered at the next, and planned', async () => {
  const asked: number[] = [];
  const first = await prepareKernels(gpu, CONFIG, { database, budgetMs: 1500, onProgress: (_, total) => asked.push(total) });
  const measured = first.products.filter(p => p.gflops !== null || p.why.includes('no other'));
  expect(first).toMatchObject({ mode: 'tuned', forgetful: '', device: gpu.name });
  expect(measured.length).toBeGreaterThan(0);
  expect(asked[0]).toBe(first.products.length);
  expect(first.products.reduce((sum, p) => sum + p.share, 0)).toBeCloseTo(1, 9);
  const second = await prepareKernels(gpu, CONFIG, { database, budgetMs: 0 });
  for (const p of measured) {
    const now = second.products.find(q => q.key === p.key)!;
    expect(now.why).toMatch(/^stored, measured on \d{4}-\d\d-\d\d/);
    expect([now.tile, now.splits, now.gflops]).toEqual([p.tile, p.splits, p.gflops]);
    expect(tilesOf(gpu).chosen.get(p.key)).toEqual({ tile: p.tile, splits: p.splits });
  }
});

test('fixed kernels ignore what is stored, and forget what was chosen before', async () => {
  await saveFindings(key, new Map([[productKey(product!), finding(another)]]), database);
  const tuned = await prepareKernels(gpu, CONFIG, { database, budgetMs: 0 });
  expect(tuned.products[0]).toMatchObject({ tile: another.tile, why: 'stored, measured on 2026-01-02: measured 1.50x the default' });
  expect(tilesOf(gpu).chosen.size).toBe(1);
  const fixed = await prepareKernels(gpu, { ...CONFIG, kernels: 'fixed' }, { database });
  expect(fixed.mode).toBe('fixed');
  expect(fixed.products[0]).toMatchObject({ tile: byDefault.tile, splits: byDefault.splits, gflops: null });
  expect(tilesOf(gpu).chosen.size).toBe(0);
});

test('a stored choice that this device can\'t follow is measured anew', async () => {
  await saveFindings(key, new Map([[productKey(product!), finding({ tile: 'of another time', splits: 1 })]]), database);
  const report = await prepareKernels(gpu, CONFIG, { database, budgetMs: 0 });
  expect(report.products[0]).toMatchObject({ tile: byDefault.tile, why: 'default: not measured yet' });
});

test('where nothing can be stored, measuring goes on and the report says why', async () => {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => { throw new DOMException('Storage is forbidden here.', 'SecurityError'); });
  const report = await prepareKernels(gpu, CONFIG, { database, budgetMs: 1500 });
  expect(report.forgetful).toContain('Storage is forbidden here.');
  expect(report.products.some(p => p.gflops !== null)).toBe(true);
});
