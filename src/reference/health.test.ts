import { expect, test } from 'vitest';
import { batchHealth, columnMoments } from './health.ts';

const [N, K] = [8, 16];
const one = (at: number) => Array.from({ length: K }, (_, k) => (k === at ? 1 : 0));
/** Feature n points along axis n. */
const axes = (n: number) => Array.from({ length: N * n }, (_, i) => (i % n === Math.floor(i / n) % n ? 3 : 0));

test('a teacher that says the same of everything: one prototype, no entropy, no spread', () => {
  const same = Array.from({ length: N }, () => one(5)).flat();
  const got = batchHealth(same, Array.from({ length: N * 4 }, (_, i) => i % 4), N, K, 4);
  expect(got).toEqual({ meanEntropy: 0, prototypesUsed: 1, agreement: 1, featureSpread: expect.closeTo(0, 12) as number });
});

test('uniform targets: ln K, though no row favours anything', () => {
  expect(batchHealth(new Float64Array(N * K).fill(1 / K), axes(4), N, K, 4).meanEntropy).toBeCloseTo(Math.log(K), 12);
});

test('each image a prototype of its own: ln of the images, all in use; agreement counts images, not rows', () => {
  const own = Array.from({ length: N }, (_, n) => one(n === 3 ? 9 : Math.floor(n / 2))).flat();
  const { meanEntropy, prototypesUsed, agreement } = batchHealth(own, axes(4), N, K, 4);
  expect(meanEntropy).toBeCloseTo(-(3 * 0.25 * Math.log(0.25) + 2 * 0.125 * Math.log(0.125)), 12);
  expect([prototypesUsed, agreement]).toEqual([5, 0.75]);
});

test('features that point everywhere spread by about 1, whatever their length', () => {
  const random = Float64Array.from({ length: 64 * 32 }, (_, i) => Math.sin(i * i * 1.7 + i) * (1 + Math.floor(i / 32)));
  expect(batchHealth(new Float64Array(64 * 2).fill(0.5), random, 64, 2, 32).featureSpread).toBeCloseTo(1, 1);
});

test('moments are of columns', () => {
  expect([...columnMoments([1, 2, 3, 4], 2, 2)]).toEqual([4, 6, 10, 20]);
});
