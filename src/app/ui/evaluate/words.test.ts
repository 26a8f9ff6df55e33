import { expect, test } from 'vitest';
import type { Figure } from '#contract/trainer.ts';
import { askedText, CSV_HEAD, csvRows, gain, limits, points, thumbnailText } from './words.ts';

const figure: Figure = { id: 'knnClassToken', trained: 41.26, untrained: 20, colour: 30.5, thumbnail: 20.8, queries: 500, bank: 512, labels: 10 };
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
  expect(limits({ ...report, figures: [figure, { ...figure, id: 'objectSegments' }] }).join(' ')).not.toContain('alone');
});

test('what was asked is counted', () => {
  expect(askedText(figure)).toBe('500 images, 512 images to answer with, 10 classes.');
  expect(askedText({ ...figure, id: 'objectSegments', queries: 12_800, bank: 44, labels: 11 })).toBe('12,800 patches, 44 clusters to answer with, 11 labels.');
});

test('small pictures are a line of their own, once', () => {
  const parts: Figure = { ...figure, id: 'parts', thumbnail: null };
  const report = { step: 1, seconds: 1, figures: [figure, { ...figure, id: 'knnMeanPatch' as const }, { ...figure, id: 'probe' as const, thumbnail: 13.84 }, parts] };
  expect(thumbnailText(report)).toBe('Small pictures of one pixel per patch in place of features: k-NN 20.8, Linear probe 13.8.');
  expect(thumbnailText({ ...report, figures: [parts] })).toBe('');
});

test('a file has one row for each figure of each evaluation, as wide as its head', () => {
  const evaluated = { ...report, series: '', run: 'a run', dataset: 'Sample of 512' };
  const rows = csvRows([evaluated, { ...evaluated, step: 240 }]);
  expect(rows.map(r => [r[0], r[2], r[3], r[4]])).toEqual([['a run', 120, 'k-NN, class token', 41.26], ['a run', 240, 'k-NN, class token', 41.26]]);
  expect(rows[0]).toHaveLength(CSV_HEAD.length);
});
