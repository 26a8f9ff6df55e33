import { expect, test } from 'vitest';
import { groupLines } from './parity-table.ts';

test('a line names the group, its worst error and tensor, the bound and whether it holds', () => {
  const group = { bound: 2e-5, median: 1e-7, tensor: 'step/0/loss', tensors: 12 };
  expect(groupLines([{ ...group, name: 'losses', worst: 1.234e-6, ok: true }, { ...group, name: 'gradient norm', worst: NaN, ok: false }])).toEqual([
    '  losses         1.23e-6 <= 2.0e-5  ok    step/0/loss (worst of 12, median 1.0e-7)',
    '  gradient norm      NaN  > 2.0e-5  FAIL  step/0/loss (worst of 12, median 1.0e-7)',
  ]);
});
