/** LayerNorm against its twin, through both kinds of reductions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import * as twin from '#reference/layernorm.ts';
import { checkClose, checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { layernormBackward, layernormForward, rowThreads, slicesFor } from './layernorm.ts';

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  describe.each([1, 3, 33, 64, 65, 197, 384, 1030])('C = %i', c => {
    test.each([[1, false], [63, true], [65, false], [65, true]] as const)('%i rows, gradient past the norm: %s', async (rows, withPast) => {
      const x = normals(rows * c, c, 2).map(v => v + 3);
      const [weight, bias, dy, past] = [normals(c, 2), normals(c, 3), normals(rows * c, 4), normals(rows * c, 5)];
      const [dweight0, dbias0] = [normals(c, 6), normals(c, 7)];
      const C = padded(c);
      const got = await runOp(gpu,
        { x: padRows(x, rows, c), weight: padRows(weight, 1, c), bias: padRows(bias, 1, c), dy: padRows(dy, rows, c), past: padRows(past, rows, c) },
        { y: rows * C, stats: 2 * rows, dx: rows * C, dweight: padRows(dweight0, 1, c), dbias: padRows(dbias0, 1, c) },
        (p, t) => {
          layernormForward(p, { x: t.x, weight: t.weight, bias: t.bias, y: t.y, stats: t.stats, rows, c });
          layernormBackward(p, {
            x: t.x, weight: t.weight, stats: t.stats, dy: t.dy, dx: t.dx, dweight: t.dweight, dbias: t.dbias, rows, c, ...(withPast ? { past: t.past } : {}),
          });
        });
      const want = twin.layernormForward(x, weight, bias, rows, c);
      const back = twin.layernormBackward(dy, x, weight, want.mean, want.rstd, rows, c);
      // A single channel is its own mean: what is left is the rounding of terms that cancel.
      const largest = { atLeast: c === 1 ? Math.max(...want.rstd) : 0 };
      checkRows('y', got.y, want.y, c, largest);
      checkClose('mean', got.stats.filter((_, i) => i % 2 === 0), want.mean);
      checkClose('rstd', got.stats.filter((_, i) => i % 2 === 1), want.rstd);
      checkRows('dx', got.dx, back.dx.map((v, i) => v + (withPast ? past[i]! : 0)), c, largest);
      checkRows('dweight', got.dweight, back.dweight.map((v, i) => v + dweight0[i]!), c, largest);
      checkRows('dbias', got.dbias, back.dbias.map((v, i) => v + dbias0[i]!), c);
    });
  });

  test('rows that change from run to run: one, and none', async () => {
    const [c, maxRows] = [33, 65];
    const [x, weight, bias, dy] = [normals(maxRows * c, 1), normals(c, 2), normals(c, 3), normals(maxRows * c, 4)];
    for (const rows of [1, 0]) {
      const got = await runOp(gpu,
        { x: padRows(x, maxRows, c), weight: padRows(weight, 1, c), bias: padRows(bias, 1, c), dy: padRows(dy, maxRows, c) },
        { y: maxRows * padded(c), stats: 2 * maxRows, dx: maxRows * padded(c), dweight: new Float32Array(padded(c)), dbias: new Float32Array(padded(c)) },
        (p, t) => {
          const live = (l: { rows: number }) => l.rows;
          layernormForward(p, { ...t, rows: live, c });
          layernormBackward(p, { ...t, rows: live, maxRows, c });
        }, { rows });
      const first = (v: Float32Array) => v.subarray(0, rows * c);
      const want = twin.layernormForward(first(x), weight, bias, rows, c);
      const back = twin.layernormBackward(first(dy), first(x), weight, want.mean, want.rstd, rows, c);
      checkRows('y', got.y.subarray(0, rows * padded(c)), want.y, c);
      checkRows('dx', got.dx.subarray(0, rows * padded(c)), back.dx, c);
      checkRows('dweight', got.dweight, back.dweight, c);
      checkRows('dbias', got.dbias, back.dbias, c);
    }
  });

  test('gradients of the parameters over more rows than there are slices', async () => {
    const [c, rows] = [5, 17_001];
    const [x, weight, dy] = [normals(rows * c, 1), normals(c, 2), normals(rows * c, 4)];
    const bias = new Float32Array(c);
    const got = await runOp(gpu,
      { x: padRows(x, rows, c), weight: padRows(weight, 1, c), bias: padRows(bias, 1, c), dy: padRows(dy, rows, c) },
      { y: rows * padded(c), stats: 2 * rows, dx: rows * padded(c), dweight: new Float32Array(padded(c)), dbias: new Float32Array(padded(c)) },
      (p, t) => {
        layernormForward(p, { ...t, rows, c });
        layernormBackward(p, { ...t, rows, c });
      });
    const { mean, rstd } = twin.layernormForward(x, weight, bias, rows, c);
    const back = twin.layernormBackward(dy, x, weight, mean, rstd, rows, c);
    checkRows('dx', got.dx, back.dx, c);
    checkRows('dweight', got.dweight, back.dweight, c);
    checkRows('dbias', got.dbias, back.dbias, c);
  });

  test('rows far from zero keep their variance', async () => {
    const [c, rows] = [64, 3];
    const x = normals(rows * c, 1).map(v => Math.fround(v + 1000));
    const [weight, bias] = [new Float32Array(c).fill(1), new Float32Array(c)];
    const { y } = await runOp(gpu, { x, weight, bias }, { y: rows * c, stats: 2 * rows }, (p, t) => layernormForward(p, { ...t, rows, c }));
    checkClose('y', y, twin.layernormForward(x, weight, bias, rows, c).y, { tolerance: 2e-4 }); // 1000 has steps of 6e-5
  });
});

test('threads and slices: few on a software adapter, many on hardware', async () => {
  const [soft, hard] = [await openGpu('as opened'), await openGpu('as hardware with default limits')];
  expect(hard.subgroupSize).toBe(0);
  expect([1, 128, 129, 512, 513, 9999].map(length4 => rowThreads(hard, length4).WG)).toEqual([32, 32, 64, 128, 256, 256]);
  expect([slicesFor(hard, 1), slicesFor(hard, 65), slicesFor(hard, 1e6)]).toEqual([1, 3, 512]);
  if (soft.software && soft.subgroupSize > 0) expect([rowThreads(soft, 257).WG, slicesFor(soft, 1e6)]).toEqual([soft.subgroupSize, 64]);
  soft.destroy();
  hard.destroy();
});
