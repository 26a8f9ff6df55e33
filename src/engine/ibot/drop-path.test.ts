import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { dropPathFactors, dropPathRate } from './drop-path.ts';

test('a sample is dropped, or scaled so that the mean stays 1', () => {
  const factors = dropPathFactors(new Rng(1), { dropPath: 0.3, dropPathMode: 'uniform', depth: 2 }, 5000);
  expect(factors).toHaveLength(20_000);
  expect([...new Set(factors)].sort()).toEqual([0, Math.fround(1 / 0.7)]);
  expect(factors.reduce((a, b) => a + b) / factors.length).toBeCloseTo(1, 1);
});

test('linear mode rises from 0 to the full rate', () => {
  const c = { dropPath: 0.4, dropPathMode: 'linear', depth: 5 } as const;
  expect([0, 2, 4].map(i => dropPathRate(c, i))).toEqual([0, 0.2, 0.4]);
  expect(dropPathRate({ ...c, depth: 1 }, 0)).toBe(0.4);
});
