import { expect, test } from 'vitest';
import { checkGradient } from './gradient-check.ts';

const cubes = (x: Float64Array) => x.reduce((sum, v) => sum + v ** 3, 0);
const at = [0.5, -1, 2];

test('accepts the true gradient', () => {
  expect(checkGradient(cubes, at, at.map(v => 3 * v * v))).toBeLessThan(1e-9);
});

test('names the entry that is wrong', () => {
  expect(() => checkGradient(cubes, at, [0.75, 3.001, 12])).toThrow(/entry 1 is 3\.001/);
});

test('refuses NaN, a wrong length and a vanishing gradient', () => {
  expect(() => checkGradient(cubes, at, [0.75, NaN, 12])).toThrow(/entry 1|vanishes/);
  expect(() => checkGradient(cubes, at, [0.75])).toThrow(/1 entries/);
  expect(() => checkGradient(() => 1, at, [0, 0, 0])).toThrow(/nothing to compare/);
});
