import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { kMeans } from './kmeans.ts';

/** So many points around each of some places. */
function heaps(places: number[][], each: number, spread: number, seed: number): { points: number[]; heap: number[] } {
  const rng = new Rng(seed);
  const order = rng.shuffle(places.flatMap((_, h) => new Array<number>(each).fill(h)));
  return { points: order.flatMap(h => places[h]!.map(x => x + spread * rng.normal())), heap: order };
}

test('heaps that lie apart are the clusters, from any seed', () => {
  const { points, heap } = heaps([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]], 25, 0.5, 1);
  for (let seed = 0; seed < 10; seed++) {
    const { labels, inertia } = kMeans(points, 100, 3, 4, seed);
    expect(new Set(heap.map((h, i) => `${h} ${labels[i]}`)).size).toBe(4);
    expect(inertia).toBeLessThan(100 * 3 * 0.5 ** 2 * 1.4);
  }
});

test('each point is nearest to its own center, each center the mean of its points', () => {
  const { points } = heaps([[0, 0], [1, 1]], 60, 1, 2);
  const { labels, centers, inertia } = kMeans(points, 120, 2, 5, 3);
  const squared = (i: number, j: number) => (points[2 * i]! - centers[2 * j]!) ** 2 + (points[2 * i + 1]! - centers[2 * j + 1]!) ** 2;
  let sum = 0;
  for (let i = 0; i < 120; i++) {
    for (let j = 0; j < 5; j++) expect(squared(i, labels[i]!)).toBeLessThanOrEqual(squared(i, j));
    sum += squared(i, labels[i]!);
  }
  expect(inertia).toBeCloseTo(sum, 9);
  for (let j = 0; j < 5; j++) {
    const own = [...labels.keys()].filter(i => labels[i] === j);
    for (const c of [0, 1]) expect(centers[2 * j + c]).toBeCloseTo(own.reduce((s, i) => s + points[2 * i + c]!, 0) / own.length, 9);
  }
});

test('points that are all the same, fewer points than clusters, a single one', () => {
  expect(kMeans(new Float32Array(12).fill(2), 6, 2, 3, 0).inertia).toBe(0);
  expect(new Set(kMeans([0, 5, 9], 3, 1, 8, 0).labels).size).toBe(3);
  expect([...kMeans([4, 2], 1, 2, 3, 0).labels]).toEqual([0]);
});
