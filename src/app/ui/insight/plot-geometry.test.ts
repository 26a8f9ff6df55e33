import { expect, test } from 'vitest';
import type { DatasetMap } from '#contract/survey.ts';
import { groupsOf, mostly, PALETTE, SHAPES } from './groups.ts';
import { enclosed, fitted, nearestPoint, neighbour } from './plot-geometry.ts';

/** A cross: middle, right, left, up, down (y goes down on the screen). */
const CROSS = Float32Array.of(0.5, 0.5, 0.9, 0.5, 0.1, 0.5, 0.5, 0.1, 0.5, 0.9);

test('points fill the square, keep their proportions, and up is up', () => {
  const places = fitted(Float32Array.of(0, 0, 10, 5));
  expect([...places].map(v => Math.round(100 * v))).toEqual([4, 73, 96, 27]);
  expect([...fitted(Float32Array.of(3, 3, 3, 3))]).toEqual([0.5, 0.5, 0.5, 0.5]);
});

test('the nearest point within reach', () => {
  expect(nearestPoint(CROSS, 0.85, 0.52, 0.1)).toBe(1);
  expect(nearestPoint(CROSS, 0.75, 0.75, 0.1)).toBeNull();
});

test('a lasso holds what is within, also where it is dented or crosses itself', () => {
  expect(enclosed(CROSS, [[0.4, 0], [1, 0], [1, 0.6], [0.4, 0.6]])).toEqual([0, 1, 3]);
  expect(enclosed(CROSS, [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0.6], [0.7, 0.6], [0.7, 0.4], [0, 0.4]])).toEqual([1, 3, 4]);
  expect(enclosed(CROSS, [[0, 0]])).toEqual([]);
});

test('arrow keys go to the neighbour on that side, and nowhere where there is none', () => {
  expect([[1, 0], [-1, 0], [0, -1], [0, 1]].map(([dx, dy]) => neighbour(CROSS, 0, dx!, dy!))).toEqual([1, 2, 3, 4]);
  expect(neighbour(CROSS, 1, 1, 0)).toBe(1);
  expect(neighbour(CROSS, 1, -1, 0)).toBe(0);
});

const MAP: DatasetMap = {
  step: 0, layout: 'pca', images: 24, every: 3, positions: new Float32Array(16), explained: [0.5, 0.2],
  folders: Int32Array.of(0, 0, 1, 1, 1, 2, 2, 2), clusters: Int32Array.of(1, 1, 0, 0, 0, 0, 0, 0), clusterCount: 2, typical: [[], []],
};

test('groups by folder, by cluster and by order hold every point once', () => {
  const folders = ['a', 'b', 'c'];
  expect(groupsOf(MAP, 'folder', folders).map(g => [g.label, g.points])).toEqual([['a', [0, 1]], ['b', [2, 3, 4]], ['c', [5, 6, 7]]]);
  expect(groupsOf(MAP, 'cluster', folders).map(g => [g.label, g.points])).toEqual([['Cluster 1', [2, 3, 4, 5, 6, 7]], ['Cluster 2', [0, 1]]]);
  expect(groupsOf(MAP, 'order', folders).map(g => [g.label, g.points])).toEqual([['Images 1 to 4', [0, 1]], ['Images 7 to 10', [2, 3]], ['Images 13 to 16', [4, 5]], ['Images 19 to 22', [6, 7]]]);
  expect(mostly(MAP, [0, 1, 2, 3, 4, 5], folders)).toEqual({ folder: 'b', share: 0.5 });
});

test('many folders: the largest have their own group, no two the same colour and shape', () => {
  const folders = Array.from({ length: 40 }, (_, i) => `f${i}`);
  const own = Int32Array.from({ length: 80 }, (_, i) => i < 40 ? i : i % 7);
  const groups = groupsOf({ ...MAP, positions: new Float32Array(160), folders: own, clusters: own }, 'folder', folders);
  expect(groups).toHaveLength(16);
  expect(groups.at(-1)!.label).toBe('25 other folders');
  expect(groups.flatMap(g => g.points).sort((a, b) => a - b)).toEqual([...own.keys()]);
  expect(new Set(groups.map(g => `${g.colour} ${g.shape}`)).size).toBe(16);
});

test('colours stand out from their panels', () => {
  const light = (hex: string) => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i]!, 0);
  const contrast = (a: string, b: string) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  for (const [scheme, panel] of [['light', '#eef1f0'], ['dark', '#0e1214']] as const) for (const colour of PALETTE[scheme]) expect(contrast(colour, panel)).toBeGreaterThan(4.5);
  expect(new Set(SHAPES).size).toBe(SHAPES.length);
});
