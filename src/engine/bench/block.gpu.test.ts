/** The compared block against the twins: losses and weights over a few steps of AdamW. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { adamwUpdate } from '#reference/adamw.ts';
import { attentionBackward, attentionForward } from '#reference/attention.ts';
import { geluBackward, geluForward } from '#reference/gelu.ts';
import { linearBackward, linearForward } from '#reference/gemm.ts';
import { layernormBackward, layernormForward } from '#reference/layernorm.ts';
import { meanSquaredError } from '#reference/mse.ts';
import { residualForward } from '#reference/residual.ts';
import { checkClose, openGpu, WAYS } from '#testing/check-op.ts';
import { Block } from './block.ts';
import { ADAMW, type BlockData, blockData, type BlockSize } from './block-data.ts';

type Weights = Record<string, Float64Array>;

/** Loss and gradients in float64. */
function twin({ size, x, target }: BlockData, w: Weights): { loss: number; grads: Weights } {
  const { batch, tokens, width: C, heads } = size;
  const rows = batch * tokens;
  const starts = Array.from({ length: batch }, (_, s) => s * tokens);
  const lengths = starts.map(() => tokens);
  const norm = (v: ArrayLike<number>, name: string) => layernormForward(v, w[`${name}.weight`]!, w[`${name}.bias`]!, rows, C);
  const linear = (v: ArrayLike<number>, name: string, into: number, out: number) => linearForward(v, w[`${name}.weight`]!, w[`${name}.bias`]!, rows, into, out);
  const norm1 = norm(x, 'norm1');
  const qkv = linear(norm1.y, 'attn.qkv', C, 3 * C);
  const attention = attentionForward(qkv, starts, lengths, heads, C);
  const middle = residualForward(x, linear(attention.out, 'attn.proj', C, C), null, null, rows, C);
  const norm2 = norm(middle, 'norm2');
  const hidden = linear(norm2.y, 'mlp.fc1', C, 4 * C);
  const activated = geluForward(hidden);
  const y = residualForward(middle, linear(activated, 'mlp.fc2', 4 * C, C), null, null, rows, C);
  const { losses, dy } = meanSquaredError(y, target, rows, C);

  const grads: Weights = {};
  const linearBack = (d: Float64Array, from: ArrayLike<number>, name: string, into: number, out: number) => {
    const { dx, dw, dbias } = linearBackward(d, from, w[`${name}.weight`]!, rows, into, out);
    grads[`${name}.weight`] = dw;
    grads[`${name}.bias`] = dbias;
    return dx;
  };
  const normBack = (d: Float64Array, from: ArrayLike<number>, name: string, { mean, rstd }: { mean: Float64Array; rstd: Float64Array }) => {
    const { dx, dweight, dbias } = layernormBackward(d, from, w[`${name}.weight`]!, mean, rstd, rows, C);
    grads[`${name}.weight`] = dweight;
    grads[`${name}.bias`] = dbias;
    return dx;
  };
  const plus = (a: Float64Array, b: Float64Array) => a.map((v, i) => v + b[i]!);
  const dhidden = geluBackward(linearBack(dy, activated, 'mlp.fc2', 4 * C, C), hidden);
  const dmiddle = plus(dy, normBack(linearBack(dhidden, norm2.y, 'mlp.fc1', C, 4 * C), middle, 'norm2', norm2));
  const dqkv = attentionBackward(linearBack(dmiddle, attention.out, 'attn.proj', C, C), qkv, attention.out, attention.lse, starts, lengths, heads, C);
  normBack(linearBack(dqkv, norm1.y, 'attn.qkv', C, 3 * C), x, 'norm1', norm1);
  // Exactly 0, which float64 misses by rounding.
  grads['attn.qkv.bias']!.fill(0, C, 2 * C);
  return { loss: losses.reduce((a, b) => a + b, 0), grads };
}

function adamw(state: Record<string, { w: Float64Array; m: Float64Array; v: Float64Array }>, grads: Weights, t: number): void {
  for (const [name, s] of Object.entries(state)) {
    const next = adamwUpdate({ weights: s.w, teacher: s.w, m: s.m, v: s.v }, grads[name]!, [{ start: 0, length: s.w.length, weightDecay: ADAMW.decay, t }], { ...ADAMW, clip: 0, momentum: 0 });
    Object.assign(s, { w: next.weights, m: next.m, v: next.v });
  }
}

const meanDistance = (a: Float32Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / b.length;

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  test.each([{ batch: 2, tokens: 9, width: 20, heads: 2 }, { batch: 1, tokens: 7, width: 18, heads: 3 }] as BlockSize[])('losses and weights of four steps: %o', async size => {
    const data = blockData(size);
    const block = await new Block(gpu, data).build();
    const state = Object.fromEntries(Object.entries(data.weights).map(([name, { values }]) =>
      [name, { w: Float64Array.from(values), m: new Float64Array(values.length), v: new Float64Array(values.length) }]));
    let last = Infinity;
    for (let t = 1; t <= 4; t++) {
      const { loss, grads } = twin(data, Object.fromEntries(Object.entries(state).map(([name, s]) => [name, s.w])));
      adamw(state, grads, t);
      block.step();
      checkClose(`loss ${t}`, [await block.loss()], [loss], { tolerance: 2e-6 });
      expect(loss).toBeLessThan(last);
      last = loss;
    }
    const weights = await block.weights();
    // As a whole: where a gradient is nearly 0, AdamW makes a step of what rounding left of it. One step is 1e-3.
    for (const [name, s] of Object.entries(state)) expect(meanDistance(weights[name]!, s.w), name).toBeLessThan(1e-5);
    block.destroy();
    expect(gpu.allocated).toBe(0);
  });
});
