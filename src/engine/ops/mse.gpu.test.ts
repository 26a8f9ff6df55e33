import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { meanSquaredError as twin } from '#reference/mse.ts';
import { checkClose, checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { meanSquaredError } from './mse.ts';

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  test.each([[1, 1], [5, 192], [67, 33], [3, 1030]])('%i rows of %i channels', async (rows, c) => {
    const [y, target] = [normals(rows * c, 1), normals(rows * c, 2)];
    const want = twin(y, target, rows, c);
    const got = await runOp(gpu, { y: padRows(y, rows, c), target: padRows(target, rows, c) }, { losses: rows, dy: rows * padded(c) },
      (p, t) => meanSquaredError(p, { ...t, rows, c }));
    checkClose('losses', got.losses, want.losses);
    checkRows('dy', got.dy, want.dy, c);
    expect(got.losses.every(v => v > 0)).toBe(true);
  });
});
