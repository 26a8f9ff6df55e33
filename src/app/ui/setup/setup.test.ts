import { expect, test } from 'vitest';
import { CONFIG_KEYS, PRESETS } from '#contract/config.ts';
import { expectation } from './expectation.ts';
import { parseNumber, valueText } from './value.ts';

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
  const text = expectation({ steps: 1500, batch: 32, images: 24, flops: 4e14, software: false });
  expect(text).toContain('seen 2,000 times');
  expect(text).toContain('1.5 minutes');
  expect(text).toContain('33 minutes');
  expect(text).toContain('not what objects are');
  expect(text).toContain('A batch of 32 holds some of them more than once.');
  expect(expectation({ steps: 10, batch: 1, images: 1, flops: null, software: false })).toMatch(/^Your one image is seen 10 times\. So few/);
  expect(expectation({ steps: 10, batch: 4, images: 0, flops: 1e12, software: true })).toMatch(/^On the processor[^.]*\.$/);
});
