import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { BatchOrder } from './order.ts';

test('an epoch shows each image at most once and drops the incomplete batch', () => {
  const order = new BatchOrder(new Rng(1), 10, 4);
  const epochs = [0, 1, 2].map(() => [...order.next(), ...order.next()]);
  for (const epoch of epochs) expect(new Set(epoch).size).toBe(8);
  expect(epochs[0]).not.toEqual(epochs[1]);
});

test('the same seed gives the same order', () => {
  const [a, b] = [new BatchOrder(new Rng(7), 30, 8), new BatchOrder(new Rng(7), 30, 8)];
  for (let i = 0; i < 9; i++) expect(a.next()).toEqual(b.next());
});

test('fewer images than a batch still fill it, evenly', () => {
  const order = new BatchOrder(new Rng(2), 3, 8);
  const all = Array.from({ length: 6 }, () => order.next()).flat();
  expect(all).toHaveLength(48);
  for (const i of [0, 1, 2]) expect(all.filter(v => v === i)).toHaveLength(16);
});
