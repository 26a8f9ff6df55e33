import { expect, test } from 'vitest';
import { fromHalfBits, toHalf } from './half.ts';

test('values that 16 bits hold stay as they are, to the smallest and the largest', () => {
  for (let bits = 0; bits < 0x7c00; bits++) expect(toHalf(fromHalfBits(bits))).toBe(fromHalfBits(bits));
});

test('others go to the nearest, ties to the even neighbour, too large ones to infinity', () => {
  expect(toHalf(1 + 2 ** -11)).toBe(1);
  expect(toHalf(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
  expect(toHalf(-1 - 1.1 * 2 ** -11)).toBe(-1 - 2 ** -10);
  expect(toHalf(2 ** -26)).toBe(0);
  expect(toHalf(65520)).toBe(Infinity);
});
