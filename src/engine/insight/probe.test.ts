import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { accuracy } from './knn.ts';
import { atOnce } from './pieces.ts';
import { classify, fitProbe, type Probe, standardised } from './probe.ts';
import type { Rows } from './rows.ts';

/** Groups around random middles. */
function groups(n: number, width: number, classes: number, spread: number, seed: number): { rows: Rows; labels: Int32Array } {
  const rng = new Rng(1);
  const middles = Array.from({ length: classes * width }, () => rng.normal());
  const noise = new Rng(seed);
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  return { labels, rows: { width, values: Float32Array.from({ length: n * width }, (_, i) => middles[labels[Math.floor(i / width)]! * width + i % width]! + spread * noise.normal()) } };
}

/** Sum of cross entropies + |w|^2 / 2 in plain double precision. */
function objective({ weights, bias }: Probe, rows: Rows, labels: ArrayLike<number>): number {
  let value = weights.reduce((s, w) => s + w * w / 2, 0);
  for (let i = 0; i < labels.length; i++) {
    const scores = Array.from(bias, (b, c) => b + Array.from({ length: rows.width }, (_, d) => weights[c * rows.width + d]! * rows.values[i * rows.width + d]!).reduce((s, v) => s + v, 0));
    value += Math.log(scores.reduce((s, v) => s + Math.exp(v), 0)) - scores[labels[i]!]!;
  }
  return value;
}

test('by hand: one feature, two classes', () => {
  // Rows 1 (class 1) and -1 (class 0): w1 = -w0 = w, no bias; 2 log(1 + exp(-2w)) + w^2 is least where 4 / (1 + exp(2w)) = 2w.
  const { weights, bias } = atOnce(fitProbe({ values: Float32Array.from([1, -1]), width: 1 }, [1, 0], 2));
  const w = weights[1]!;
  expect(weights[0]!).toBeCloseTo(-w, 5);
  expect(4 / (1 + Math.exp(2 * w)) - 2 * w).toBeCloseTo(0, 3);
  expect(bias[1]! - bias[0]!).toBeCloseTo(0, 5);
});

test.each([[60, 3, 2], [200, 10, 5], [90, 40, 7]])('%i rows of %i, %i classes: no change of a weight makes it less', (n, width, classes) => {
  const { rows, labels } = groups(n, width, classes, 1, 2);
  const probe = atOnce(fitProbe(rows, labels, classes));
  const at = objective(probe, rows, labels);
  for (const which of ['weights', 'bias'] as const) for (let i = 0; i < probe[which].length; i += 3) {
    const moved = (by: number) => objective({ ...probe, [which]: probe[which].map((v, j) => j === i ? v + by : v) }, rows, labels);
    const slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
    expect(Math.abs(slope)).toBeLessThan(2e-4 * n);
    expect(moved(0.05)).toBeGreaterThan(at - 1e-3);
  }
});

test('groups that lie apart are told apart, also those not seen; noise is not', () => {
  const { rows, labels } = groups(200, 12, 4, 0.5, 2);
  const other = groups(200, 12, 4, 0.5, 3);
  const probe = atOnce(fitProbe(rows, labels, 4));
  expect(accuracy(atOnce(classify(probe, other.rows)), other.labels)).toBeGreaterThan(97);
  const mixed = new Rng(4).shuffle(Int32Array.from(labels));
  const fooled = atOnce(fitProbe(rows, mixed, 4));
  expect(accuracy(atOnce(classify(fooled, other.rows)), other.labels)).toBeLessThan(60);
});

test('features are put on one scale by the bank, also what is large, and what never changes is left out', () => {
  const [bank, queries] = standardised({ width: 3, values: Float32Array.from([1000, 7, 0, 1002, 7, 4]) }, { width: 3, values: Float32Array.from([1003, 9, 2]) });
  expect([...bank.values]).toEqual([-1, 0, -1, 1, 0, 1]);
  expect([...queries.values]).toEqual([2, 0, 0]);
});
