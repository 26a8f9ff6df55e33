import { expect, test } from 'vitest';
import { centerView, type ViewParams } from '#engine/data/views.ts';
import { samePlaces, touches } from './geometry.ts';

const view = (left: number, top: number, side: number, flip = false): ViewParams => ({ ...centerView(side, side), crop: { left, top, width: side, height: side }, flip });

test('a view shows its own places where they are, mirrored ones mirrored', () => {
  const own = Array.from({ length: 9 }, (_, p) => p);
  expect(samePlaces(view(5, 7, 30), view(5, 7, 30), 3)).toEqual(own);
  expect(samePlaces(view(5, 7, 30, true), view(5, 7, 30, true), 3)).toEqual(own);
  expect(samePlaces(view(0, 0, 30), view(0, 0, 30, true), 3)).toEqual([2, 1, 0, 5, 4, 3, 8, 7, 6]);
});

test('what the other view leaves out has no place', () => {
  // b is the lower right quarter of a: of a's 4 x 4 patches only the last two rows and columns, each twice as wide in b.
  const nothing = [null, null, null, null];
  expect(samePlaces(view(0, 0, 40), view(20, 20, 20), 4)).toEqual([...nothing, ...nothing, null, null, 5, 7, null, null, 13, 15]);
  // Seen the other way round, four patches share one.
  expect(samePlaces(view(20, 20, 20), view(0, 0, 40), 4)).toEqual([10, 10, 11, 11, 10, 10, 11, 11, 14, 14, 15, 15, 14, 14, 15, 15]);
});

test('neighbours touch, the ends of two rows do not', () => {
  expect(touches(5, 5, 4)).toBe(true);
  expect(touches(5, 10, 4)).toBe(true);
  expect(touches(5, 7, 4)).toBe(false);
  expect(touches(3, 4, 4)).toBe(false);
});
