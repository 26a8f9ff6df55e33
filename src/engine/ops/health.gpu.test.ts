/** Health of a batch against its twin. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { teacherSoftmax } from '#reference/cross-entropy.ts';
import * as twin from '#reference/health.ts';
import { normalizeForward } from '#reference/normalize.ts';
import { rowLargest } from '#reference/patterns.ts';
import { checkClose, checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { batchHealth, columnMoments } from './health.ts';

/** As row_largest writes them: columns and, beside them, what isn't read here. */
const bestOf = (columns: readonly number[]) => new Float32Array(Uint32Array.from(columns.flatMap(column => [column, 7])).buffer);

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  test.each([[1, 1], [63, 5], [65, 22], [131, 384]])('moments of %i rows of %i', async (rows, c) => {
    const x = normals(rows * c, 2);
    const start = normals(2 * c, 3);
    const { moments } = await runOp(gpu, { x: padRows(x, rows, c) }, { moments: padRows(start, 2, c) }, (p, t) => columnMoments(p, { ...t, rows, c }));
    checkRows('moments', moments, twin.columnMoments(x, rows, c).map((m, i) => m + start[i]!), c);
  });

  test.each([[2, 1, 4], [2, 37, 22], [62, 65, 97], [130, 1030, 384], [1002, 8, 5]])('%i rows of %i prototypes and %i channels', async (rows, k, c) => {
    const targets = teacherSoftmax(normals(rows * k, 4), new Float64Array(k), 0.3, rows, k).map(Math.fround);
    const features = normals(rows * c, 5).map((v, i) => v + (i % c) / c);
    const unit = normalizeForward(features, rows, c).y;
    const want = twin.batchHealth(targets, features, rows, k, c);
    const sums = Float32Array.from({ length: padded(k) }, (_, i) => (i < k ? Array.from({ length: rows }, (_v, r) => targets[r * k + i]!).reduce((a, b) => a + b) : 0));
    const start = normals(16, 6);
    const { numbers } = await runOp(gpu, { sums, best: bestOf(rowLargest(targets, rows, k).map(({ column }) => column)), moments: padRows(twin.columnMoments(unit, rows, c), 2, c) },
      { numbers: start }, (p, t) => batchHealth(p, { ...t, rows, k, c }));
    checkClose('numbers', numbers.subarray(9, 13), [want.meanEntropy, want.prototypesUsed, want.agreement, want.featureSpread], { tolerance: 1e-5, atLeast: 1 });
    expect([...numbers.subarray(0, 9), ...numbers.subarray(13)]).toEqual([...start.subarray(0, 9), ...start.subarray(13)]);
  });

  test('a collapsed batch: nothing is infinite, and all the same is one prototype', async () => {
    const sums = Float32Array.of(0, 6, 0, 0);
    const moments = Float32Array.of(6, 0, 0, 0, 6, 0, 0, 0);
    const { numbers } = await runOp(gpu, { sums, best: bestOf([1, 1, 1, 1, 1, 1]), moments }, { numbers: 16 }, (p, t) => batchHealth(p, { ...t, rows: 6, k: 4, c: 4 }));
    expect(Array.from(numbers.subarray(9, 13))).toEqual([0, 1, 1, 0]);
  });
});
