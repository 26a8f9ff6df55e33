import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { accuracy, balancedAccuracy, knnAccuracy, vote } from './knn.ts';
import { atOnce } from './pieces.ts';

test('two nearer neighbours outvote one nearest where their weights say so', () => {
  // Angles from the query: class 0 at 10 degrees, class 1 at 12 and 13 degrees, class 0 far away.
  const at = (degrees: number) => [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  const bank = Float32Array.from([10, 12, 13, 170].flatMap(at));
  expect(knnAccuracy(bank, [0, 1, 1, 0], Float32Array.from(at(0)), [1], 2, 3)).toBe(100);
  expect(knnAccuracy(bank, [0, 1, 1, 0], Float32Array.from(at(0)), [1], 2, 1)).toBe(0);
});

test('length does not matter, direction does', () => {
  const bank = Float32Array.from([100, 0, 0, 0.01]);
  expect(knnAccuracy(bank, [0, 1], Float32Array.from([0.001, 0, 0, 500]), [0, 1], 2, 1)).toBe(100);
});

test('a bank smaller than k is used whole', () => {
  expect(knnAccuracy(Float32Array.from([1, 0]), [2], Float32Array.from([0, 1]), [2], 2)).toBe(100);
});

test('by distance every neighbour has one vote, and length matters', () => {
  const bank = { values: Float32Array.from([1, 2, 2.1, 9]), width: 1 };
  const queries = { values: Float32Array.from([1.2, 8]), width: 1 };
  expect([...atOnce(vote(bank, [0, 1, 1, 0], queries, 'distance', 3))]).toEqual([1, 1]);
  expect([...atOnce(vote(bank, [0, 1, 1, 0], queries, 'distance', 1))]).toEqual([0, 0]);
});

test.each(['angle', 'distance'] as const)('by %s, as in plain double precision', nearness => {
  const rng = new Rng(5);
  const width = 7;
  const make = (n: number) => Float32Array.from({ length: n * width }, () => rng.normal());
  const [bank, queries] = [make(301), make(50)];
  const labels = Array.from({ length: 301 }, () => rng.int(0, 4));
  const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => Array.from({ length: width }, (_, d) => a[i * width + d]! * b[j * width + d]!).reduce((s, v) => s + v, 0);
  const want = Array.from({ length: 50 }, (_, q) => {
    const near = labels.map((label, i) => {
      const [xy, xx, yy] = [dot(bank, i, queries, q), dot(bank, i, bank, i), dot(queries, q, queries, q)];
      return nearness === 'angle' ? { label, score: xy / Math.sqrt(xx * yy), weight: Math.exp(xy / Math.sqrt(xx * yy) / 0.07) } : { label, score: 2 * xy - xx - yy, weight: 1 };
    }).sort((a, b) => b.score - a.score).slice(0, 20);
    const votes = [0, 1, 2, 3, 4].map(c => near.filter(n => n.label === c).reduce((s, n) => s + n.weight, 0));
    return votes.indexOf(Math.max(...votes));
  });
  expect([...atOnce(vote({ values: bank, width }, labels, { values: queries, width }, nearness))]).toEqual(want);
});

test('every label counts alike in the balanced accuracy', () => {
  expect(accuracy([1, 1, 1, 2], [1, 1, 1, 3])).toBe(75);
  expect(balancedAccuracy([1, 1, 1, 2], [1, 1, 1, 3])).toBe(50);
  expect(balancedAccuracy([0, 1, 2, 2], [1, 1, 2, 2])).toBe(75);
});
