import { expect, test } from 'vitest';
import { patchLabels } from './patch-labels.ts';

test('the part that covers most of a patch, of equals the smaller number', () => {
  const parts = Uint8Array.from([
    0, 0, 5, 5,
    0, 7, 5, 0,
    3, 2, 9, 8,
    2, 3, 7, 9,
  ]);
  expect([...patchLabels(parts, 4, 2)]).toEqual([0, 5, 2, 9]);
  expect([...patchLabels(parts, 4, 4)]).toEqual([...parts]);
  expect([...patchLabels(parts, 4, 1)]).toEqual([0]);
});
