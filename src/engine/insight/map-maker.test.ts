import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { patchCovariance, patchProject } from '#reference/patches.ts';
import { jacobi } from './eigen.ts';
import { keepNames, MapMaker } from './map-maker.ts';
import { principalPlane } from './principal-plane.ts';
import type { Tell } from './umap-layout.ts';

/** Rows around some directions of 12 dimensions that lie at right angles. */
const HEAPS = 4;
const C = 12;
function rows(each: number, spread: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: HEAPS * each * C }, (_, i) => Number(i % C === 3 * (Math.floor(i / C) % HEAPS)) * 5 + spread * rng.normal());
}
const heapOf = (row: number): number => row % HEAPS;
const silent: Tell = async () => {};

test('the plane is that of all eigenvectors, and the next one keeps its order and signs', () => {
  const x = rows(10, 1, 1);
  const { positions, explained, directions } = principalPlane({ values: x, width: C });
  // One sequence whose first token is no patch: then the twin's patches are the rows.
  const tokens = Float64Array.of(...new Float64Array(C), ...x);
  const { mean, covariance } = patchCovariance(tokens, 1, 41, C, new Float64Array(40).fill(1 / 40));
  const all = jacobi(covariance, C);
  const trace = all.values.reduce((s, v) => s + v, 0);
  const want = patchProject(tokens, 1, 41, C, mean, directions.flatMap(d => [...d]));
  directions.forEach((d, k) => {
    expect(Math.abs(d.reduce((s, v, i) => s + v * all.vectors[k]![i]!, 0))).toBeCloseTo(1, 6);
    expect(explained[k]).toBeCloseTo(all.values[k]! / trace, 8);
    expect(Math.max(...d)).toBeGreaterThan(-Math.min(...d));
  });
  positions.forEach((p, i) => expect(p).toBeCloseTo(want[i]!, 4));
  const turned = principalPlane({ values: x, width: C }, [directions[1]!.map(v => -v), directions[0]!]);
  turned.positions.forEach((p, i) => expect(p).toBeCloseTo(i % 2 === 0 ? -positions[i + 1]! : positions[i - 1]!, 4));
});

test('a map by UMAP: heaps stay heaps, the same start gives the same, and what comes after begins where it ended', async () => {
  const maker = new MapMaker();
  maker.load(rows(20, 0.5, 2), C, false);
  const told: [string, number, number][] = [];
  const map = await maker.umap(async (of, done, total) => { told.push([of, done, total]); });
  expect(map).toHaveLength(2 * HEAPS * 20);
  const gap = (a: Float32Array, i: number, b: Float32Array, j: number) => Math.hypot(a[2 * i]! - b[2 * j]!, a[2 * i + 1]! - b[2 * j + 1]!);
  // Of each point the four nearest are of its heap.
  for (let i = 0; i < HEAPS * 20; i++) {
    const near = [...Array(HEAPS * 20).keys()].filter(j => j !== i).sort((a, b) => gap(map, i, map, a) - gap(map, i, map, b)).slice(0, 4);
    expect(near.map(heapOf)).toEqual(new Array(4).fill(heapOf(i)));
  }
  expect(told.filter(([of, done, total]) => of === 'layout' && done === total)).toHaveLength(1);
  expect(told.findIndex(([of]) => of === 'layout')).toBeGreaterThan(told.findIndex(([of]) => of === 'neighbors'));

  const other = new MapMaker();
  other.load(rows(20, 0.5, 2), C, false);
  expect(await other.umap(silent)).toEqual(map);
  expect(await maker.umap(silent)).toBe(map);

  maker.load(rows(20, 0.5, 3), C, true);
  const next = await maker.umap(silent);
  const middle = (m: Float32Array, h: number) => [0, 1].map(a => m.filter((_, i) => i % 2 === a && heapOf(i >> 1) === h).reduce((s, v) => s + v / 20, 0));
  const [was, is] = [map, next].map(m => Float32Array.from([0, 1, 2, 3].flatMap(h => middle(m, h)))) as [Float32Array, Float32Array];
  for (let h = 0; h < HEAPS; h++) for (let o = 0; o < HEAPS; o++) if (o !== h) expect(gap(was, h, is, h)).toBeLessThan(gap(was, o, is, h));
});

test('a map that is called off ends at once, and can be made afterwards; of three images there is none to make', async () => {
  const maker = new MapMaker();
  maker.load(rows(10, 0.5, 4), C, false);
  await expect(maker.umap(async of => { if (of === 'layout') throw new Error('enough'); })).rejects.toThrow('enough');
  expect(await maker.umap(silent)).toHaveLength(2 * HEAPS * 10);
  maker.load(rows(1, 0, 1).slice(0, 3 * C), C, false);
  expect(await maker.umap(silent)).toEqual(maker.principal().positions);
});

test('equal images don\'t stop a map', async () => {
  const maker = new MapMaker();
  maker.load(new Float32Array(40 * C).fill(1), C, false);
  expect((await maker.umap(silent)).every(Number.isFinite)).toBe(true);
  expect(new Set(maker.clusters(3).labels).size).toBeLessThanOrEqual(3);
});

test('clusters with the images nearest to their centers; likest images, of the map and from outside', () => {
  const maker = new MapMaker();
  const x = rows(15, 0.3, 5);
  maker.load(x, C, false);
  const { labels, typical } = maker.clusters(HEAPS);
  for (let i = 0; i < labels.length; i++) expect(labels[i]).toBe(labels[heapOf(i)]);
  typical.forEach((own, l) => {
    expect(own).toHaveLength(8);
    for (const row of own) expect(labels[row]).toBe(l);
  });
  const near = maker.nearest(6, 14);
  expect(near.every(({ row }) => heapOf(row) === 2 && row !== 6)).toBe(true);
  expect(near.map(n => n.cosine)).toEqual(near.map(n => n.cosine).sort((a, b) => b - a));
  const [self] = maker.nearest(x.slice(6 * C, 7 * C).map(v => 3 * v), 1);
  expect(self).toMatchObject({ row: 6, cosine: expect.closeTo(1, 5) });
});

test('clusters keep their numbers; without any before, the largest is the first', () => {
  expect(keepNames(null, [2, 2, 2, 0, 0, 1], 3)).toEqual([1, 2, 0]);
  expect(keepNames([0, 0, 0, 1, 1, 2], [2, 2, 0, 0, 0, 1], 3)).toEqual([1, 2, 0]);
  // One more than before: the new one takes the number that is left.
  expect(keepNames([0, 0, 0, 0, 1, 1], [0, 0, 0, 2, 1, 1], 3)).toEqual([0, 1, 2]);
  expect(keepNames([0, 1], [0, 0, 1], 2)).toEqual([0, 1]);
});
