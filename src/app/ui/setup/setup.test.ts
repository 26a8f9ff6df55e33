import { expect, test } from 'vitest';
import { CONFIG_KEYS, OPTIONS, PRESETS } from '#contract/config.ts';
import { expectation } from './expectation.ts';
import { parseNumber, rangeText, valueText } from './value.ts';

test('every number of every preset survives being shown and read back', () => {
  const numbers = PRESETS.flatMap(({ config }) => CONFIG_KEYS.flatMap(key => config[key])).filter(v => typeof v === 'number');
  expect(numbers.length).toBeGreaterThan(200);
  expect(numbers.map(n => parseNumber(valueText(n)))).toEqual(numbers);
});

test('text that is no number is NaN, and shows as empty', () => {
  for (const text of ['', '  ', '1e-', 'ten', '1,5']) expect(parseNumber(text)).toBeNaN();
  expect(valueText(NaN)).toBe('');
  expect(valueText([0.04, 1e-5])).toBe('0.04, 1e-5');
  expect(valueText(null)).toBe('none');
});

test('the expectation counts how often an image is seen, and does not promise objects from few', () => {
  const text = expectation({ steps: 1500, batch: 32, images: 24, flops: 4e14, software: false, rate: null });
  expect(text).toContain('seen 2,000 times');
  expect(text).toContain('1.5 minutes');
  expect(text).toContain('33 minutes');
  expect(text).toContain('not what objects are');
  expect(text).toContain('A batch of 32 holds some of them more than once.');
  expect(expectation({ steps: 10, batch: 1, images: 1, flops: null, software: false, rate: null })).toMatch(/^Your one image is seen 10 times\. So few/);
  expect(expectation({ steps: 10, batch: 4, images: 0, flops: 1e12, software: true, rate: null })).toMatch(/^On the processor[^.]*\.$/);
});

test('where the device\'s pace is known, it takes the place of the range', () => {
  const plan = { steps: 100, batch: 4, images: 0, flops: 6e12, software: false };
  expect(expectation({ ...plan, rate: 1e10 })).toBe('About 10 minutes at the pace of the last run on this device.');
  expect(expectation({ ...plan, rate: 1e10, software: true })).toBe('About 10 minutes at the pace of the last run on this device.');
  expect(expectation({ ...plan, rate: 1e8, software: true })).toMatch(/^About 17 hours at the pace .* On the processor this takes very long/);
});

test('what is allowed is said beside what the preset has', () => {
  expect(rangeText('lr', 'tiny')).toMatch(/^Preset: [\d.e-]+, allowed 0 to 1\.$/);
  expect(rangeText('layerScale', 'seed')).toBe('Preset: 1e-5, allowed 1e-8 to 10 or none.');
  expect(rangeText('steps', 'tiny')).toMatch(/, allowed 1 to 10,000,000\.$/);
  expect(rangeText('decayAll', 'seed')).toBe('Preset: on.');
  for (const key of CONFIG_KEYS) expect(OPTIONS[key].help, key).toMatch(/^[A-Z0-9].{15,}\.$/);
});
