import { expect, test } from 'vitest';
import type { Figure } from '#contract/trainer.ts';
import { askedText, CSV_HEAD, csvRows, gain, limits, points } from './words.ts';

const figure: Figure = { id: 'knnClassToken', trained: 41.26, untrained: 20, colour: 30.5, queries: 500, bank: 512 };
const report = { step: 120, seconds: 9.5, figures: [figure] };

test('a gain is over the better of both baselines', () => {
  expect(gain(figure)).toBeCloseTo(10.76, 10);
  expect(gain({ ...figure, untrained: 50 })).toBeCloseTo(-8.74, 10);
});

test('points have a sign unless they are nothing', () => {
  expect([3.21, -0.44, 0, -0.01].map(points)).toEqual(['+3.2', '\u22120.4', '0.0', '0.0']);
});

test('limits say how much is chance, and what a folder can\'t be asked', () => {
  expect(limits(report)[0]).toContain('500 images asked about, differences of less than about 4 points');
  expect(limits(report).at(-1)).toContain('the sample images alone');
  expect(limits({ ...report, figures: [figure, { ...figure, id: 'parts' }] }).join(' ')).not.toContain('alone');
});

test('what was asked is counted', () => {
  expect(askedText(figure)).toBe('500 images, 512 images to answer with.');
  expect(askedText({ ...figure, id: 'objectSegments', queries: 12_800, bank: 44 })).toBe('12,800 patches, 44 clusters to answer with.');
});

test('a file has one row for each figure of each evaluation, as wide as its head', () => {
  const evaluated = { ...report, series: '', run: 'a run', dataset: 'Sample of 512' };
  const rows = csvRows([evaluated, { ...evaluated, step: 240 }]);
  expect(rows.map(r => [r[0], r[2], r[3], r[4]])).toEqual([['a run', 120, 'k-NN, class token', 41.26], ['a run', 240, 'k-NN, class token', 41.26]]);
  expect(rows[0]).toHaveLength(CSV_HEAD.length);
});
