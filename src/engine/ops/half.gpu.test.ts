import { afterAll, expect, test } from 'vitest';
import { Gpu } from '#engine/gpu/device.ts';
import { fromHalfBits, toHalf as twin } from '#reference/half.ts';
import { checkClose, normals, runOp } from '#testing/check-op.ts';
import { toHalf } from './half.ts';

const gpu = await Gpu.open();
afterAll(() => gpu.destroy());

// More than 65,535 workgroups of 256 quads would be 67 million numbers: the folding is that of every kernel.
test.each([4, 252, 1028, 40_000])('%i numbers in 16 bits each, in their order', async count => {
  const single = normals(count, count);
  const { half } = await runOp(gpu, { single }, { half: count / 2 }, (p, t) => { toHalf(p, t.single, t.half); });
  const bits = new Uint16Array(half.buffer, half.byteOffset, count);
  // A device may round to either neighbour: half a unit more than the nearest.
  checkClose('halves', Array.from(bits, fromHalfBits), Array.from(single, twin), { tolerance: 1.01 * 2 ** -10 });
  expect(new Set(bits).size).toBeGreaterThan(Math.min(count, 1000) / 2);
});
