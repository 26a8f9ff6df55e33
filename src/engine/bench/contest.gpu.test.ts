/** The comparison itself, with the engine against itself: counts, memory, and what is done about numbers that differ. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contest, DisagreementError } from './contest.ts';
import { ours } from './contestant.ts';
import { countGpu } from './count-gpu.ts';
import type { Contestant } from './peer.ts';

const OPTIONS = { samples: 1, size: { batch: 1, tokens: 5, width: 16, heads: 2 }, shapes: [{ m: 12, n: 8, k: 4 }] };
const quietly = () => {};

let stop: () => void;
beforeEach(() => { stop = countGpu(); });
afterEach(() => stop());

test('equals agree to the bit, and are counted alike', async () => {
  const { block, gemm, lossError } = await contest([ours(), ours()], OPTIONS, quietly);
  expect(lossError).toBe(0);
  expect(block).toHaveLength(2);
  for (const b of block) {
    expect(b.dispatches).toBeGreaterThan(15);
    expect(b.submits).toBe(1);
    expect(b.peakBytes).toBeGreaterThan(5 * 4 * 12 * 16 * 16);
    expect(b.losses).toHaveLength(12);
    expect(b.losses.at(-1)).toBeLessThan(b.losses[0]!);
    expect(b.ms).toBeGreaterThan(0);
  }
  expect(block[1]!.dispatches).toBe(block[0]!.dispatches);
  expect(gemm.map(g => g.form)).toEqual(['NT', 'NN', 'gradient']);
  for (const g of gemm) for (const r of g.results) expect(r.flops).toBeCloseTo(2 * 12 * 8 * 4 / r.ms * 1000, 3);
});

/** Trains as ours does, but on a slightly different input. */
const astray = (): Contestant => {
  const own = ours();
  return { ...own, name: 'astray', block: data => own.block({ ...data, x: data.x.map((v, i) => i === 7 ? v + 0.05 : v) }) };
};

test('losses that differ end it', async () => {
  await expect(contest([ours(), astray()], OPTIONS, quietly)).rejects.toThrow(DisagreementError);
  await expect(contest([ours(), astray()], OPTIONS, quietly)).rejects.toThrow(/losses of 12 steps differ by .*\n {2}Glimpse: .*\n {2}astray: /);
});

test('a product that differs ends it', async () => {
  const own = ours();
  const wrong: Contestant = { ...own, name: 'wrong', product: (form, shape, a, b) => own.product(form, shape, a, form === 'NN' ? b.map(v => v * 1.01) : b) };
  await expect(contest([ours(), wrong], OPTIONS, quietly)).rejects.toThrow(/wrong's NN product of 12 x 8 x 4 is off by/);
});

test('a command that the device refuses ends it', async () => {
  const own = ours();
  let device: GPUDevice;
  const refused: Contestant = {
    ...own,
    open: async () => { device = await own.open(); return device; },
    block: data => {
      device.createBuffer({ size: 16, usage: 0 });
      return own.block(data);
    },
  };
  await expect(contest([ours(), refused], OPTIONS, quietly)).rejects.toThrow(/The device refused commands/);
});
