/**
 * The vision transformer of the reference twins, forward and backward: tokens, pre-norm blocks, final LayerNorm.
 * Parameters go by timm's names; images of global and local sequences are packed as in embed.ts.
 */
import { attentionBackward, attentionForward } from './attention.ts';
import {
  assembleTokens, assembleTokensBackward, patchify, resamplePositions, resamplePositionsBackward, type TokenLayout,
} from './embed.ts';
import { geluBackward, geluForward } from './gelu.ts';
import { linearBackward, linearForward } from './gemm.ts';
import { layernormBackward, layernormForward } from './layernorm.ts';
import { residualBackward, residualForward } from './residual.ts';

export type Weights = Readonly<Record<string, Float64Array>>;
export type Gradients = Record<string, Float64Array>;

export interface BackboneShape { embedDim: number; depth: number; heads: number; mlpHidden: number; patchSize: number }

export interface BackboneInput {
  layout: TokenLayout;
  /** (globals, 3, S, S) and (locals, 3, s, s). */
  globalImages: ArrayLike<number>; localImages: ArrayLike<number>;
  /** (globals, g*g) or null. */
  mask: ArrayLike<number> | null;
  /** One factor per packed row for [block][attention, MLP], or null. */
  drop: (readonly [ArrayLike<number>, ArrayLike<number>])[] | null;
}

/** First row and number of rows of each packed sequence. */
export function sequences(layout: TokenLayout) {
  const lengths = Array.from({ length: layout.globals + layout.locals }, (_, s) => 1 + (s < layout.globals ? layout.g : layout.l) ** 2);
  let row = 0;
  const starts = lengths.map(length => (row += length) - length);
  return { starts, lengths, rows: row };
}

function need(w: Weights, name: string): Float64Array {
  const tensor = w[name];
  if (!tensor) throw new Error(`The parameter ${name} is missing. There are: ${Object.keys(w).join(', ')}.`);
  return tensor;
}

/** Features (rows, C) after the final LayerNorm, and a function from their gradient to that of every parameter. */
export function backbone(w: Weights, shape: BackboneShape, input: BackboneInput) {
  const { embedDim: C, depth, heads, mlpHidden, patchSize: P } = shape;
  const { layout, mask } = input;
  const { starts, lengths, rows: N } = sequences(layout);
  const width = 3 * P * P;
  const columns = Float64Array.from([
    ...patchify(input.globalImages, layout.globals, layout.g * P, P), ...patchify(input.localImages, layout.locals, layout.l * P, P),
  ]);
  const linear = (x: Float64Array, name: string, I: number, O: number) => linearForward(x, need(w, `${name}.weight`), need(w, `${name}.bias`), x.length / I, I, O);
  const norm = (x: Float64Array, name: string) => layernormForward(x, need(w, `${name}.weight`), need(w, `${name}.bias`), N, C);

  const patches = linear(columns, 'patch_embed.proj', width, C);
  const pos = need(w, 'pos_embed');
  let x = assembleTokens(patches, need(w, 'cls_token'), need(w, 'mask_token'), pos, resamplePositions(pos, layout.g, layout.l, C), mask, layout);
  const tape = Array.from({ length: depth }, (_, i) => {
    const at = `blocks.${i}`;
    const [drop1, drop2] = input.drop?.[i] ?? [null, null];
    const norm1 = norm(x, `${at}.norm1`);
    const qkv = linear(norm1.y, `${at}.attn.qkv`, C, 3 * C);
    const attention = attentionForward(qkv, starts, lengths, heads, C);
    const branch1 = linear(attention.out, `${at}.attn.proj`, C, C);
    const middle = residualForward(x, branch1, w[`${at}.ls1.gamma`] ?? null, drop1, N, C);
    const norm2 = norm(middle, `${at}.norm2`);
    const hidden = linear(norm2.y, `${at}.mlp.fc1`, C, mlpHidden);
    const activated = geluForward(hidden);
    const branch2 = linear(activated, `${at}.mlp.fc2`, mlpHidden, C);
    const entry = { at, x, norm1, qkv, attention, branch1, middle, norm2, hidden, activated, branch2, drop1, drop2 };
    x = residualForward(middle, branch2, w[`${at}.ls2.gamma`] ?? null, drop2, N, C);
    return entry;
  });
  const last = x;
  const final = norm(last, 'norm');

  function backward(dfeatures: Float64Array): Gradients {
    const grads: Gradients = {};
    const linearBack = (dy: Float64Array, from: Float64Array, name: string, I: number, O: number) => {
      const { dx, dw, dbias } = linearBackward(dy, from, need(w, `${name}.weight`), from.length / I, I, O);
      grads[`${name}.weight`] = dw;
      grads[`${name}.bias`] = dbias;
      return dx;
    };
    const normBack = (dy: Float64Array, from: Float64Array, name: string, { mean, rstd }: { mean: Float64Array; rstd: Float64Array }) => {
      const { dx, dweight, dbias } = layernormBackward(dy, from, need(w, `${name}.weight`), mean, rstd, N, C);
      grads[`${name}.weight`] = dweight;
      grads[`${name}.bias`] = dbias;
      return dx;
    };
    const residualBack = (dy: Float64Array, branch: Float64Array, gamma: string, drop: ArrayLike<number> | null) => {
      const { dbranch, dgamma } = residualBackward(dy, branch, w[gamma] ?? null, drop, N, C);
      if (dgamma) grads[gamma] = dgamma;
      return dbranch;
    };
    const plus = (a: Float64Array, b: Float64Array) => a.map((v, i) => v + b[i]!);

    let d = normBack(dfeatures, last, 'norm', final);
    for (const t of tape.toReversed()) {
      const dactivated = linearBack(residualBack(d, t.branch2, `${t.at}.ls2.gamma`, t.drop2), t.activated, `${t.at}.mlp.fc2`, mlpHidden, C);
      const dnorm2 = linearBack(geluBackward(dactivated, t.hidden), t.norm2.y, `${t.at}.mlp.fc1`, C, mlpHidden);
      d = plus(d, normBack(dnorm2, t.middle, `${t.at}.norm2`, t.norm2));
      const dout = linearBack(residualBack(d, t.branch1, `${t.at}.ls1.gamma`, t.drop1), t.attention.out, `${t.at}.attn.proj`, C, C);
      const dqkv = attentionBackward(dout, t.qkv, t.attention.out, t.attention.lse, starts, lengths, heads, C);
      d = plus(d, normBack(linearBack(dqkv, t.norm1.y, `${t.at}.attn.qkv`, C, 3 * C), t.x, `${t.at}.norm1`, t.norm1));
    }
    const { dpatches, dcls, dmaskToken, dpos, dposLocal } = assembleTokensBackward(d, mask, layout, C);
    grads['cls_token'] = dcls;
    grads['mask_token'] = dmaskToken;
    grads['pos_embed'] = layout.locals > 0 ? plus(dpos, resamplePositionsBackward(dposLocal, layout.g, layout.l, C)) : dpos;
    linearBack(dpatches, columns, 'patch_embed.proj', width, C);
    return grads;
  }

  return { features: final.y, backward };
}
