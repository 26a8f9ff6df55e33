import { afterAll, expect, test } from 'vitest';
import { Gpu } from '#engine/gpu/device.ts';
import { fmaChains } from '#reference/peak.ts';
import { checkClose, normals, runOp } from '#testing/check-op.ts';
import { peakCopy, peakFma } from './peak.ts';

const gpu = await Gpu.open();
afterAll(() => gpu.destroy());

test.each([2, 5])('every one of %i chains is carried to its end', async chains => {
  const { out } = await runOp(gpu, {}, { out: 4 * 128 }, (p, t) => { peakFma(p, { chains, count: 3, threads: 128, a: 0.75, b: 0.5, out: t.out }); });
  const want = Array.from({ length: 128 }, (_, thread) => fmaChains(thread, chains, 48, 0.75, 0.5)).flat();
  checkClose('sums', out, want);
});

test.each([{ each: 1, neighbours: false }, { each: 8, neighbours: false }, { each: 8, neighbours: true }])('%o copies every quad', async shape => {
  const input = normals(4 * 64 * 8 * 3, 1);
  const { to } = await runOp(gpu, { input }, { to: input.length }, (p, t) => { peakCopy(p, t.input, t.to, shape); });
  expect([...to]).toEqual([...input]);
});
