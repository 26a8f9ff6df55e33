import sequencesSource from '#shaders/shared/sequences.wgsl?raw';
import forward from '#shaders/attention_forward.wgsl?raw';
import backwardQuery from '#shaders/attention_backward_query.wgsl?raw';
import backwardKey from '#shaders/attention_backward_key.wgsl?raw';
import weights from '#shaders/attention_weights.wgsl?raw';
import type { Groups, Program, Tensor } from '#engine/gpu/program.ts';
import { padded, quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { countOf, rowsOf, type Sequences, sequenceConstants } from './sequences.ts';
import { attentionWork } from './work.ts';

/** H heads of D channels; each head is padded to whole quads. */
export interface Heads { heads: number; headDim: number }

/** Width of one of q, k, v with padded heads. */
export const attentionWidth = (h: Heads): number => h.heads * padded(h.headDim);

/** Threads per workgroup: one per query or key. */
const WG = 32;

function shape(h: Heads, s: Sequences): { constants: Record<string, number>; params: { scale: number }; groups: Groups } {
  return {
    constants: { H: h.heads, D4: quads(h.headDim), WG, ...sequenceConstants(s) },
    params: { scale: h.headDim ** -0.5 },
    groups: [Math.ceil(Math.max(s.globals ? s.globalTokens : 0, s.locals ? s.localTokens : 0) / WG), h.heads, countOf(s)],
  };
}

/** qkv (rows, 3 width) -> out (rows, width), lse (rows, heads). */
export function attentionForward<L>(p: Program<L>, a: Heads & { sequences: Sequences; qkv: Tensor; out: Tensor; lse: Tensor }): void {
  const { constants, params, groups } = shape(a, a.sequences);
  p.add({ kernel: source('attention_forward', [sequencesSource, forward], constants), bind: [a.qkv, a.out, a.lse], params, groups, work: attentionWork(a, a.sequences) });
}

/** dout (rows, width) -> dqkv (rows, 3 width). */
export function attentionBackward<L>(p: Program<L>, a: Heads & { sequences: Sequences; dout: Tensor; qkv: Tensor; out: Tensor; lse: Tensor; dqkv: Tensor }): void {
  const { constants, params, groups } = shape(a, a.sequences);
  const delta = p.temp('attention delta', rowsOf(a.sequences) * a.heads);
  p.add({
    kernel: source('attention_backward_query', [sequencesSource, backwardQuery], constants),
    bind: [a.dout, a.qkv, a.out, a.lse, a.dqkv, delta], params, groups, work: attentionWork(a, a.sequences),
  });
  p.add({
    kernel: source('attention_backward_key', [sequencesSource, backwardKey], constants),
    bind: [a.dout, a.qkv, a.lse, delta, a.dqkv], params, groups, work: attentionWork(a, a.sequences),
  });
}

/** The attention of token `query` in each of `count` sequences of T tokens: weights (count, heads, T). */
export function attentionWeights<L>(p: Program<L>, a: Heads & { count: number; tokens: number; query: number; qkv: Tensor; weights: Tensor }): void {
  p.add({
    kernel: source('attention_weights', [weights], { H: a.heads, D4: quads(a.headDim) }),
    bind: [a.qkv, a.weights],
    params: { scale: a.headDim ** -0.5, T: a.tokens, query: a.query },
    groups: [Math.ceil(a.tokens / 64), a.heads, a.count],
  });
}
