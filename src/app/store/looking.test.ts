import { expect, test } from 'vitest';
import { GUEST } from '#contract/trainer.ts';
import { patchOf, together } from './looking.ts';

test('the images beside one are those that follow it, round the end', () => {
  expect(together(3, null, 10, 3)).toEqual([3, 4, 5, 6]);
  expect(together(9, null, 10, 2)).toEqual([9, 0, 1]);
  expect(together(1, null, 3, 5)).toEqual([1, 2, 0]);
  expect(together(0, null, 1, 5)).toEqual([0]);
  expect(together(GUEST, null, 10, 2)).toEqual([GUEST, 0, 1]);
  expect(together(GUEST, null, 0, 2)).toEqual([GUEST]);
});

test('or those that were chosen, as far as they are there', () => {
  expect(together(3, [7, 3, 12, 1], 10, 5)).toEqual([3, 7, 1]);
  expect(together(3, [7, 1], 10, 1)).toEqual([3, 7]);
});

test('a patch of another grid gives way to the middle', () => {
  expect(patchOf(null, 8)).toBe(36);
  expect(patchOf(63, 8)).toBe(63);
  expect(patchOf(64, 8)).toBe(36);
  expect(patchOf(0, 1)).toBe(0);
});
