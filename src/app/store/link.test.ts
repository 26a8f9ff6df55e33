import { expect, test } from 'vitest';
import { CONFIG_KEYS, OPTIONS, preset, PRESETS, type Config } from '#contract/config.ts';
import { linkOf, readLink } from './link.ts';

const PAGE = 'https://example.org/glimpse/?x=1#old';

test('a link has the preset and what differs from it, and nothing else', () => {
  expect(linkOf(PAGE, 'tiny', preset('tiny'))).toBe('https://example.org/glimpse/?x=1#preset=tiny');
  const changed: Config = { ...preset('balanced'), steps: 70, layerScale: 1e-5, blur: [1, 0.1, 0.25], decayAll: true, kernels: 'fixed' };
  expect(linkOf(PAGE, 'balanced', changed)).toBe('https://example.org/glimpse/?x=1#preset=balanced&layerScale=0.00001&blur=1,0.1,0.25&steps=70&decayAll=true&kernels=fixed');
});

test('every option of every preset survives the way through any other preset\'s link', () => {
  for (const from of PRESETS) {
    for (const to of PRESETS) {
      const read = readLink(new URL(linkOf(PAGE, from.name, to.config)).hash);
      expect(read).toEqual({ presetName: from.name, config: to.config, refused: [] });
    }
  }
});

test('numbers that are written with an exponent survive', () => {
  const config = { ...preset('tiny'), adamEps: 1e-12, clipGradNorm: 1e6, lrFinal: 1.5e-7 };
  expect(readLink(new URL(linkOf(PAGE, 'tiny', config)).hash)?.config).toEqual(config);
  expect(readLink('#clipGradNorm=1e%2B6')?.config.clipGradNorm).toBe(1e6);
});

test.each([
  ['#preset=huge&steps=5', ['there is no preset "huge"']],
  ['#steps=many&batchSize=4', ['steps: is NaN, must be from 1 to 10000000']],
  ['#steps=1e9', ['steps: is 1000000000, must be from 1 to 10000000']],
  ['#steps=3&__proto__=1&constructor=2&images=secret', ['there is no option "__proto__"', 'there is no option "constructor"', 'there is no option "images"']],
  ['#decayAll=maybe', ['decayAll: must be true or false']],
  ['#blur=1,2', ['blur: must be 3 numbers from 0 to 1, got 1,2']],
])('%s: what can\'t be used is named and left as it was', (fragment, refused) => {
  const read = readLink(fragment)!;
  expect(read.refused).toEqual(refused);
  expect(Object.keys(read.config).sort()).toEqual([...CONFIG_KEYS].sort());
  for (const key of CONFIG_KEYS) if (!fragment.includes(`${key}=`)) expect(read.config[key], OPTIONS[key].label).toEqual(preset('tiny')[key]);
});

test('long parts are quoted in part, and no more than some hundred are read', () => {
  const read = readLink(`#steps=2&${'x'.repeat(500)}=1&${Array.from({ length: 1000 }, (_, i) => `no${i}=1`).join('&')}`)!;
  expect(read.refused[0]).toBe(`there is no option "${'x'.repeat(80)}"`);
  expect(read.refused).toHaveLength(199);
});

test.each(['', '#', '#top', '#a=b', '#%E0%A4%A'])('%j is none of these links', fragment => {
  expect(readLink(fragment)).toBeNull();
});
