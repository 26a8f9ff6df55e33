import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { kmeans, lloyd, plusPlus } from './kmeans.ts';
import { atOnce } from './pieces.ts';
import { type Rows, unitRows } from './rows.ts';

const random = (n: number, width: number, seed: number): Rows => {
  const rng = new Rng(seed);
  return { values: Float32Array.from({ length: n * width }, () => rng.normal()), width };
};

test('by hand: two pairs on a line, from a start that has them wrong', () => {
  const rows: Rows = { values: Float32Array.from([0, 1, 10, 11]), width: 1 };
  const { cluster, centers, inertia } = atOnce(lloyd(rows, { values: Float32Array.from([0, 1]), width: 1 }));
  // 0 | 1 10 11 -> centers 0, 7.33 -> 0 1 | 10 11 -> centers 0.5, 10.5
  expect([...cluster]).toEqual([0, 0, 1, 1]);
  expect([...centers.values]).toEqual([0.5, 10.5]);
  expect(inertia).toBeCloseTo(4 * 0.25, 12);
});

/** Lloyd's turns in plain double precision until nothing changes. */
function twin(rows: Rows, start: Rows): { cluster: number[]; inertia: number } {
  const { values, width } = rows;
  const n = values.length / width;
  const k = start.values.length / width;
  let centers = [...start.values];
  let before: number[] = [];
  for (;;) {
    const distance = (i: number, c: number) => Array.from({ length: width }, (_, d) => (values[i * width + d]! - centers[c * width + d]!) ** 2).reduce((s, v) => s + v, 0);
    const all = Array.from({ length: n }, (_, i) => Array.from({ length: k }, (_, c) => distance(i, c)));
    const cluster = all.map(d => d.indexOf(Math.min(...d)));
    if (cluster.every((c, i) => c === before[i])) return { cluster, inertia: all.reduce((s, d) => s + Math.min(...d), 0) };
    before = cluster;
    centers = centers.map((v, i) => {
      const own = cluster.flatMap((c, r) => c === Math.floor(i / width) ? [values[r * width + i % width]!] : []);
      return own.length ? own.reduce((s, x) => s + x, 0) / own.length : v;
    });
  }
}

test.each([[63, 5, 4], [200, 24, 7]])('%i rows of %i in %i clusters: as in double precision', (n, width, k) => {
  const rows = unitRows(random(n, width, n));
  const start = atOnce(plusPlus(rows, k, new Rng(3)));
  const got = atOnce(lloyd(rows, start));
  const want = twin(rows, start);
  // It stops a little before nothing changes at all.
  expect(got.inertia / want.inertia).toBeCloseTo(1, 2);
  expect(got.cluster.filter((c, i) => c !== want.cluster[i]).length).toBeLessThan(0.06 * n);
  const sum = got.cluster.reduce((s, c, i) => s + Array.from({ length: width }, (_, d) => (rows.values[i * width + d]! - got.centers.values[c * width + d]!) ** 2).reduce((a, v) => a + v, 0), 0);
  expect(got.inertia).toBeCloseTo(sum, 4);
});

test('far apart groups are found, whatever the seed, and the same seed gives the same', () => {
  const rng = new Rng(1);
  const truth = Array.from({ length: 300 }, (_, i) => i % 6);
  const rows: Rows = { width: 4, values: Float32Array.from(truth.flatMap(t => [0, 1, 2, 3].map(d => 10 * ((t >> d) & 1) + (t === d ? 10 : 0) + rng.normal()))) };
  for (let seed = 0; seed < 5; seed++) {
    const { cluster } = atOnce(kmeans(rows, 6, new Rng(seed)));
    expect(new Set(truth.map((t, i) => `${t} ${cluster[i]!}`)).size).toBe(6);
  }
  expect(atOnce(kmeans(rows, 6, new Rng(9))).cluster).toEqual(atOnce(kmeans(rows, 6, new Rng(9))).cluster);
});

test('more starts are never worse', () => {
  const rows = random(120, 3, 5);
  const inertia = (restarts: number) => atOnce(kmeans(rows, 8, new Rng(2), restarts)).inertia;
  expect(inertia(2)).toBeLessThanOrEqual(inertia(1));
  expect(inertia(10)).toBeLessThanOrEqual(inertia(2));
});

test('each row is drawn by its squared distance', () => {
  // From 0 (or 1, or 3), the chances of the next: squares 1 : 9 from 0, 1 : 4 from 1, 9 : 4 from 3.
  const rows: Rows = { values: Float32Array.from([0, 1, 3]), width: 1 };
  const counts = new Map<string, number>();
  const rng = new Rng(8);
  for (let i = 0; i < 6000; i++) {
    const pair = [...atOnce(plusPlus(rows, 2, rng)).values].join(' ');
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  for (const [pair, share] of [['0 1', 0.1], ['0 3', 0.9], ['1 0', 0.2], ['1 3', 0.8], ['3 0', 9 / 13], ['3 1', 4 / 13]] as const) {
    expect(counts.get(pair)! / 2000).toBeCloseTo(share, 1);
  }
});

test('as many clusters as rows at most; equal rows are no trouble', () => {
  const few = atOnce(kmeans({ values: Float32Array.from([1, 2, 4]), width: 1 }, 10, new Rng(1)));
  expect(few.inertia).toBe(0);
  expect(few.centers.values).toHaveLength(3);
  const same = atOnce(kmeans({ values: new Float32Array(20).fill(2), width: 2 }, 3, new Rng(1)));
  expect(same.inertia).toBe(0);
});

test('a cluster that nothing is left in begins anew where a row is far from its own', () => {
  const rows: Rows = { values: Float32Array.from([0, 1, 2, 50]), width: 1 };
  const { cluster, inertia } = atOnce(lloyd(rows, { values: Float32Array.from([1, 900]), width: 1 }));
  expect(cluster[3]).not.toBe(cluster[0]);
  expect(inertia).toBeCloseTo(2, 6);
});
