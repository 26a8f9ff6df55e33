import { expect, test } from 'vitest';
import { browserOf, type Ingredients, tuningKey } from './tuning-store.ts';

const BASE: Ingredients = {
  texts: [['/shaders/gemm_tile.wgsl', 'fn a() {}'], ['/shaders/shared/gelu.wgsl', 'fn b() {}']], tiles: [{ name: 'subgroup 8' }],
  adapter: { vendor: 'nvidia', architecture: 'hopper', device: 'x', description: 'y' }, subgroups: [32, 32],
  features: ['subgroups', 'timestamp-query'], browser: 'Chromium 156',
};

test('the same ingredients give the same key, in whatever order features are listed', async () => {
  const again = structuredClone(BASE);
  again.features = ['timestamp-query', 'subgroups'];
  expect(await tuningKey(again)).toEqual(await tuningKey(BASE));
});

const { adapter } = BASE;
const sameAdapter: [string, Partial<Ingredients>][] = [
  ['the text of a kernel', { texts: [['/shaders/gemm_tile.wgsl', 'fn a() { }'], BASE.texts[1]!] }],
  ['the text of a fragment', { texts: [BASE.texts[0]!, ['/shaders/shared/gelu.wgsl', 'fn c() {}']] }],
  ['one kernel more', { texts: [...BASE.texts, ['/shaders/gemm_new.wgsl', '']] }],
  ['the list of tiles', { tiles: [{ name: 'subgroup 16' }] }],
  ['the smallest subgroup', { subgroups: [16, 32] }],
  ['the largest subgroup', { subgroups: [32, 64] }],
  ['the features', { features: ['subgroups'] }],
  ['the browser', { browser: 'Chromium 157' }],
];
const anotherAdapter: [string, Partial<Ingredients>][] = [
  ['the vendor', { adapter: { ...adapter, vendor: 'amd' } }],
  ['the architecture', { adapter: { ...adapter, architecture: 'ada' } }],
  ['the device', { adapter: { ...adapter, device: 'z' } }],
  ['the description', { adapter: { ...adapter, description: 'z' } }],
  ['a word that moved from one field to the next', { adapter: { ...adapter, device: '', description: 'xy' } }],
];

test.each(sameAdapter)('%s changes the key and not the adapter', async (_, change) => {
  const [before, after] = await Promise.all([tuningKey(BASE), tuningKey({ ...BASE, ...change })]);
  expect(after.id).not.toBe(before.id);
  expect(after.adapter).toBe(before.adapter);
});

test.each(anotherAdapter)('%s changes the key and the adapter', async (_, change) => {
  const [before, after] = await Promise.all([tuningKey(BASE), tuningKey({ ...BASE, ...change })]);
  expect(after.id).not.toBe(before.id);
  expect(after.adapter).not.toBe(before.adapter);
});

test('of the browser its name and major version count', () => {
  const firefox = (version: string) => browserOf({ userAgent: `Mozilla/5.0 (X11; Linux x86_64; rv:${version}) Gecko/20100101 Firefox/${version}` });
  expect(firefox('145.0')).toBe('Firefox/145');
  expect(firefox('145.1')).toBe(firefox('145.0'));
  expect(firefox('146.0')).not.toBe(firefox('145.0'));
  expect(browserOf({ userAgent: 'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15' })).toBe('Version/26');
  const brands = (version: string) => browserOf({ userAgent: '', userAgentData: { brands: [{ brand: 'Not A Brand', version: '8' }, { brand: 'Chromium', version }] } });
  expect(brands('156')).toBe('Chromium 156, Not A Brand 8');
  expect(brands('157')).not.toBe(brands('156'));
  expect(browserOf({ userAgent: 'something else' })).toBe('something else');
});
