import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { parameterLayout } from '#engine/model/parameters.ts';
import type { Measured } from './records.ts';
import { elementwiseBytes, stepFloor, withPeak } from './roofline.ts';

test('a block more moves its tokens and its parameters', () => {
  const c = { ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, numHeads: 2, localViews: 3, batchSize: 2, depth: 1 };
  const more = { ...c, depth: 2 };
  // 4 global views of 17 tokens, 6 crops of 5: 4 tensors of the teacher's, 12 of the student's; 11 of the parameters.
  const [teacher, student] = [4 * 17, 4 * 17 + 6 * 5];
  const parameters = parameterLayout(more).total - parameterLayout(c).total;
  expect(elementwiseBytes(more, 5) - elementwiseBytes(c, 5)).toBe(4 * (24 * (4 * teacher + 12 * student) + 11 * parameters));
  // LayerScale: its backward, and two more vectors.
  const scaled = { ...c, layerScale: 1e-5 };
  expect(elementwiseBytes(scaled, 5) - elementwiseBytes(c, 5)).toBe(4 * (24 * 6 * student + 11 * (parameterLayout(scaled).total - parameterLayout(c).total)));
});

test('a masked patch moves its row through both heads', () => {
  const c = { ...preset('tiny'), embedDim: 24, headBottleneck: 12, prototypes: 40 };
  expect(elementwiseBytes(c, 8) - elementwiseBytes(c, 7)).toBe(4 * (24 * 12 + 12 * 7 + 40 * 6));
});

test('another peak changes shares, floors and ratios, not times', () => {
  const floor = stepFloor(20e9, 1e9, 10e9, 5e9);
  expect(floor).toEqual({ productMs: 2000, elementwiseMs: 200, bytes: 1e9 });
  const m: Measured = {
    device: '', software: true, subgroupSize: 4, features: [], peak: { flops: 40e9, bandwidth: 5e9 },
    gemm: [{ form: 'NT', m: 1, n: 1, k: 1, tile: '', splits: 1, ms: 1, flops: 10e9, share: 0.25 }],
    elementwise: [{ op: '', rows: 1, columns: 1, bytes: 1, ms: 1, bandwidth: 5e9, share: 1 }],
    steps: [{ preset: 'tiny', batch: 4, maskedPatches: 0, ms: 4400, encodeMs: 1, dispatches: 1, submits: 1, bytes: 1, flops: 20e9, floor, ratio: 2 }],
  };
  const again = withPeak(m, { flops: 80e9, bandwidth: 10e9 });
  expect(again.gemm![0]).toMatchObject({ ms: 1, share: 0.125 });
  expect(again.elementwise![0]).toMatchObject({ ms: 1, share: 0.5 });
  expect(again.steps![0]).toMatchObject({ ms: 4400, floor: { productMs: 2000, elementwiseMs: 100 } });
  expect(again.steps![0]!.ratio).toBeCloseTo(4400 / 2100, 12);
  expect(again.attention).toBeUndefined();
});
