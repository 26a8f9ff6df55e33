/** Clipping, AdamW and the teacher's average against the twin, and what a refused step leaves behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { adamwUpdate, type AdamState } from '#reference/adamw.ts';
import { checkClose, checkSame, normals, openGpu, runOp, WAYS } from '#testing/check-op.ts';
import { optimizer, type OptimizerStep } from './optimizer.ts';

/** Decayed, spared, directions of the last layer, its lengths: more words than one sweep of the norm covers. */
const [SPARED, LAST, LENGTHS, TOTAL] = [3072, 4096, 4928, 5120];
const BASE: OptimizerStep = { active: TOTAL, lr: 0.02, beta1: 0.9, beta2: 0.99, eps: 1e-8, decay: 0.04, sparedDecay: 0, clip: 3, ema: 0.9, step: 1, lastStep: 1 };

interface Buffers { student: Float32Array; first: Float32Array; second: Float32Array; teacher: Float32Array; numbers: Float32Array }
const start = (): Buffers => ({
  student: normals(TOTAL, 1), teacher: normals(TOTAL, 2), first: new Float32Array(TOTAL), second: new Float32Array(TOTAL), numbers: new Float32Array(16),
});
/** In the middle of a run: moments that are not 0. */
const underway = (): Buffers => ({ ...start(), first: normals(TOTAL, 3), second: normals(TOTAL, 4).map(v => v * v) });

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  const take = (b: Buffers, gradients: Float32Array, step: OptimizerStep): Promise<Buffers> =>
    runOp(gpu, { gradients }, { ...b }, (p, t) => optimizer<OptimizerStep>(p, { ...t, total: TOTAL, spared: SPARED, last: LAST, step: s => s }), step);

  test.each([
    ['clipped', { clip: 3 }], ['not clipped', { clip: 0 }], ['below the limit of the norm', { clip: 1e6 }], ['spared parameters decay too', { sparedDecay: 0.04 }],
  ])('three steps, last layer frozen, then without lengths, then whole: %s', async (_, over) => {
    let got = start();
    let want: AdamState = { weights: got.student, m: got.first, v: got.second, teacher: got.teacher };
    for (const [i, active] of [LAST, LENGTHS, TOTAL].entries()) {
      const o: OptimizerStep = { ...BASE, ...over, active, step: i + 1, lastStep: i };
      const gradients = normals(TOTAL, 10 + i, 0.3);
      const before = got;
      got = await take(got, gradients, o);
      const result = adamwUpdate(want, gradients, [
        { start: 0, length: SPARED, weightDecay: o.decay, t: o.step },
        { start: SPARED, length: LAST - SPARED, weightDecay: o.sparedDecay, t: o.step },
        { start: LAST, length: active - LAST, weightDecay: o.decay, t: o.lastStep },
      ], { ...o, momentum: o.ema });
      want = result;
      checkClose('norm', [got.numbers[4]!], [result.norm]);
      expect(got.numbers[5], 'the step was taken').toBe(1);
      checkClose('student', got.student, result.weights);
      checkClose('first moments', got.first, result.m);
      checkClose('second moments', got.second, result.v);
      checkClose('teacher', got.teacher, result.teacher);
      for (const name of ['student', 'first', 'second'] as const) checkSame(`frozen ${name}`, got[name].slice(active), before[name].slice(active));
    }
  });

  test('frozen gradients count for nothing, whatever they are', async () => {
    const gradients = normals(TOTAL, 1);
    gradients.fill(NaN, LAST);
    const got = await take(start(), gradients, { ...BASE, active: LAST });
    expect(got.numbers[5]).toBe(1);
    checkClose('norm', [got.numbers[4]!], [Math.sqrt(gradients.subarray(0, LAST).reduce((n, g) => n + g * g, 0))]);
    expect(got.student.every(Number.isFinite)).toBe(true);
  });

  test.each([
    ['a NaN gradient', 5119, NaN, -1, 0], ['an infinite gradient', 0, -Infinity, -1, 0], ['a norm beyond single precision', 77, 1e25, -1, 0],
    ['a NaN class-token loss', 0, 0, 0, NaN], ['an infinite patch loss', 0, 0, 1, Infinity], ['a NaN KoLeo', 0, 0, 2, NaN],
  ])('%s leaves everything bit for bit', async (_, at, gradient, word, loss) => {
    const before = underway();
    if (word >= 0) before.numbers[word] = loss;
    const gradients = normals(TOTAL, 5);
    gradients[at] = gradient;
    const got = await take(before, gradients, BASE);
    for (const name of ['student', 'first', 'second', 'teacher'] as const) checkSame(name, got[name], before[name]);
    expect(got.numbers[5]).toBe(0);
    expect(got.numbers[8], 'refusals are remembered').toBe(1);
  });

  test('after a refused step no other is taken', async () => {
    const before = underway();
    before.numbers[8] = 1;
    const got = await take(before, normals(TOTAL, 5), BASE);
    for (const name of ['student', 'first', 'second', 'teacher'] as const) checkSame(name, got[name], before[name]);
    expect([got.numbers[5], got.numbers[8]]).toEqual([0, 1]);
  });
});
