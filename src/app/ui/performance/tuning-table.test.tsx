import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import type { TunedProduct, TuningReport } from '#contract/trainer.ts';
import { TuningTable } from './tuning-table.tsx';

const product: TunedProduct = {
  key: 'gradient 2048x96x384 BIAS', name: 'Weight gradient 384 x 96 over 1,584 rows; bias', share: 0.25, tile: 'subgroup 8', splits: 4,
  defaultTile: 'subgroup 8', defaultSplits: 1, gflops: 7.21, defaultGflops: null, why: 'measured 1.80x the default',
  rejected: [{ candidate: 'subgroup 32', reason: 'computes wrongly: row 3, column 0 of out is NaN' }],
};
const report: TuningReport = { device: 'google swiftshader', mode: 'tuned', products: [product], milliseconds: 2960, forgetful: '' };
const text = (r: TuningReport): string => renderToStaticMarkup(<TuningTable report={r} />).replace(/<[^>]*>/g, '|').replace(/\|+/g, '|');

test('a product shows its kernel, speeds and reason, what was not measured a dash, and the rejected their reasons', () => {
  const shown = text(report);
  expect(shown).toContain('|Weight gradient 384 x 96 over 1,584 rows; bias|25.0 %|subgroup 8, 4 slices|7.21|subgroup 8|–|measured 1.80x the default|');
  expect(shown).toContain('|One kernel was rejected|subgroup 32| for Weight gradient 384 x 96 over 1,584 rows; bias: computes wrongly');
  expect(shown).toContain('Measuring took 3.0 s');
  expect(shown).toContain('google swiftshader');
});

test('fixed kernels say so, a forgetful browser too, and before a run there is no table', () => {
  const shown = text({ ...report, mode: 'fixed', milliseconds: 0, forgetful: 'This browser keeps no measurements.' });
  expect(shown).toContain('fixed table');
  expect(shown).toContain('This browser keeps no measurements.');
  expect(shown).not.toContain('Measuring took');
  const empty = renderToStaticMarkup(<TuningTable report={{ ...report, products: [] }} />);
  expect(empty).not.toContain('<table');
  expect(empty).toContain('Start a run');
});
