import { describe, expect, test } from 'vitest';
import { type Kept, thin } from './thinning.ts';

const run = (steps: readonly number[], id = 'a', bytes = 10): Kept[] => steps.map((step, i) => ({ run: id, sequence: i + 1, step, bytes }));
const rest = (kept: readonly Kept[], limit: number) => { const gone = thin(kept, limit); return kept.filter(k => !gone.includes(k)); };
const steps = (kept: readonly Kept[]) => kept.map(k => k.step);

test('within the limit nothing is given up', () => {
  expect(thin(run([0, 1, 2, 3]), 40)).toEqual([]);
  expect(thin([], 0)).toEqual([]);
});

test('the two written last and the earliest step stay, whatever the limit', () => {
  expect(steps(rest(run([0, 10, 20, 30, 40]), 0))).toEqual([0, 30, 40]);
  // Someone went back to step 10 and on from there: what was written last isn't the latest step.
  expect(steps(rest(run([0, 10, 20, 30, 11, 12]), 0))).toEqual([0, 11, 12]);
  expect(steps(rest(run([5]), 0))).toEqual([5]);
});

test('the rest is close together near the end and far apart before', () => {
  // As it happens: one more at a time, thinned each time to 12.
  let kept: Kept[] = [];
  for (let i = 0; i <= 2000; i++) kept = rest([...kept, { run: 'a', sequence: i + 1, step: 50 * i, bytes: 10 }], 120);
  const distances = steps(kept).map(step => (100_000 - step) / 50);
  expect(distances).toHaveLength(12);
  expect(distances[0]).toBe(2000);
  expect(distances.slice(-3)).toEqual([2, 1, 0]);
  // Even spacing of the logarithms from 1 to 2000 would be a factor of 2000^(1/10) = 2.14 from one to the next.
  const factors = distances.slice(0, -2).map((d, i) => d / distances[i + 1]!);
  expect(Math.max(...factors)).toBeLessThan(4);
  expect(Math.min(...factors)).toBeGreaterThan(1.25);
});

test('of two runs the one with more to spare gives first', () => {
  const many = run(Array.from({ length: 20 }, (_, i) => i));
  const few = run([0, 1000, 2000, 3000, 4000], 'b');
  const left = rest([...many, ...few], 150);
  expect(left.filter(k => k.run === 'b')).toHaveLength(5);
  expect(left.filter(k => k.run === 'a')).toHaveLength(10);
});

describe('depends on nothing but its arguments', () => {
  test('not on their order', () => {
    const kept = [...run([0, 1, 2, 3, 4, 5, 6, 7]), ...run([0, 1, 2, 3, 4, 5, 6, 7], 'b')];
    for (const limit of [150, 100, 70]) expect(thin(kept.toReversed(), limit)).toEqual(thin(kept, limit));
  });

  test('gives up no more than it must', () => {
    const kept = run(Array.from({ length: 30 }, (_, i) => i * i));
    for (let limit = 300; limit >= 30; limit -= 10) expect(rest(kept, limit)).toHaveLength(limit / 10);
  });
});
