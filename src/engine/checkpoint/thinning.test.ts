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

test('the rest is close together near both ends and far apart between', () => {
  // As it happens: one more at a time, thinned each time to 24.
  let kept: Kept[] = [];
  for (let i = 0; i <= 2000; i++) kept = rest([...kept, { run: 'a', sequence: i + 1, step: 50 * i, bytes: 10 }], 240);
  const places = steps(kept).map(step => step / 50);
  expect(places).toHaveLength(24);
  expect(places.slice(0, 3)).toEqual([0, 1, 2]);
  expect(places.slice(-3)).toEqual([1998, 1999, 2000]);
  // Twelve for each half: even spacing of the logarithms from 1 to 1000 would be a factor of 1000^(1/11) = 1.87 from one to the next.
  const early = places.filter(p => p > 0 && p <= 1000);
  const late = places.filter(p => p < 2000 && p > 1000).map(p => 2000 - p).reverse();
  for (const distances of [early, late]) {
    expect(distances.length).toBeGreaterThan(8);
    const factors = distances.slice(1).map((d, i) => d / distances[i]!);
    expect(Math.max(...factors)).toBeLessThan(3);
    expect(Math.min(...factors)).toBeGreaterThan(1.1);
  }
});

test('the first frames of a long run stay beside those that it writes by the clock', () => {
  const early = [10, 15, 23, 34, 51, 76, 114, 171, 256, 384, 577, 865];
  let kept: Kept[] = [];
  for (const [i, step] of [0, ...early, ...Array.from({ length: 300 }, (_, i) => 1200 * (i + 1))].entries()) kept = rest([...kept, { run: 'a', sequence: i + 1, step, bytes: 10 }], 400);
  expect(steps(kept).slice(0, 9).filter(step => early.includes(step)).length).toBeGreaterThan(5);
  expect(steps(kept).slice(-3)).toEqual([298 * 1200, 299 * 1200, 300 * 1200]);
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
