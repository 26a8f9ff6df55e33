import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { assign } from './assignment.ts';
import { manyToOne, oneToOne, type Overlap, overlapOf } from './segmentation.ts';

const table = (rows: number[][]): Overlap => ({ counts: Float64Array.from(rows.flat()), clusters: rows.length, labels: rows[0]!.length });

function* orders(columns: number[], length: number): Generator<number[]> {
  if (length === 0) yield [];
  else for (const c of columns) for (const rest of orders(columns.filter(x => x !== c), length - 1)) yield [c, ...rest];
}

test.each([[1, 1], [2, 2], [3, 5], [5, 5], [6, 6], [4, 7]])('%i x %i: the assignment is the best of all there are', (rows, columns) => {
  const rng = new Rng(rows * 10 + columns);
  for (let round = 0; round < 30; round++) {
    // Whole numbers at times, so that there are ties.
    const worth = Float64Array.from({ length: rows * columns }, () => round % 2 ? rng.int(0, 4) : rng.normal());
    const sum = (order: ArrayLike<number>) => Array.from(order).reduce((s, c, r) => s + worth[r * columns + c]!, 0);
    const got = assign(worth, rows, columns);
    expect(new Set(got).size).toBe(rows);
    const best = Math.max(...[...orders(Array.from({ length: columns }, (_, i) => i), rows)].map(sum));
    expect(sum(got)).toBeCloseTo(best, 9);
  }
});

test('more rows than columns are refused', () => {
  expect(() => assign([1, 2], 2, 1)).toThrow(/2 rows/);
});

test('clusters and labels are counted together', () => {
  expect(overlapOf([0, 1, 1, 2], [1, 0, 0, 1], 3, 2)).toEqual(table([[0, 1], [2, 0], [0, 1]]));
});

test('many to one, by hand', () => {
  // Clusters 0 and 2 are label 0, cluster 1 is label 1: 8 of 8 + 1 + 1, 3 of 3 + 1 + 1.
  expect(manyToOne(table([[5, 1], [1, 3], [3, 0]]))).toBeCloseTo(100 * (8 / 10 + 3 / 5) / 2, 10);
  expect(manyToOne(table([[4, 0], [0, 7]]))).toBe(100);
});

test('a label that no cluster takes counts as 0, one that never occurs not at all', () => {
  expect(manyToOne(table([[4, 1]]))).toBeCloseTo(100 * (4 / 5 + 0) / 2, 10);
  expect(manyToOne(table([[4, 0, 1], [0, 0, 5]]))).toBeCloseTo(100 * (4 / 5 + 5 / 6) / 2, 10);
  expect(oneToOne(table([[4, 0, 1], [0, 0, 5], [0, 0, 0]]))).toBeCloseTo(100 * (4 / 5 + 5 / 6) / 2, 10);
});

test('one to one, by hand: two clusters that share a label', () => {
  // Cluster 0 has most of label 0, so that cluster 1 must be label 1, which it hardly is.
  expect(oneToOne(table([[6, 0], [4, 2]]))).toBeCloseTo(100 * (6 / 10 + 2 / 6) / 2, 10);
  // The other way round would be (4 / 12 + 0 / 8) / 2.
});

test('one to one is the best of all assignments, and many to one with as many clusters can be better', () => {
  const rng = new Rng(3);
  for (let round = 0; round < 20; round++) {
    const overlap = table(Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => rng.int(0, 20))));
    const { counts } = overlap;
    const row = (k: number) => [0, 1, 2, 3, 4].reduce((s, l) => s + counts[5 * k + l]!, 0);
    const column = (l: number) => [0, 1, 2, 3, 4].reduce((s, k) => s + counts[5 * k + l]!, 0);
    const iou = (order: number[]) => 100 * order.reduce((s, l, k) => s + counts[5 * k + l]! / (row(k) + column(l) - counts[5 * k + l]!), 0) / 5;
    expect(oneToOne(overlap)).toBeCloseTo(Math.max(...[...orders([0, 1, 2, 3, 4], 5)].map(iou)), 8);
  }
});
