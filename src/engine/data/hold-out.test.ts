import { expect, test } from 'vitest';
import { holdOut } from './hold-out.ts';

test('every fifth image of each class is held out, whatever their order', () => {
  const labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 2];
  const { bank, queries } = holdOut(labels);
  expect(queries).toEqual([8, 9, 14]);
  expect([...bank, ...queries].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
});

test('classes of fewer than five images are all bank', () => {
  expect(holdOut([0, 0, 0, 0, 1, 1])).toEqual({ bank: [0, 1, 2, 3, 4, 5], queries: [] });
});
