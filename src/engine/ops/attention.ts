import dotAddSource from '#shaders/shared/dot_add.wgsl?raw';
import quadSwapSource from '#shaders/shared/quad_swap.wgsl?raw';
import stored from '#shaders/shared/stored.wgsl?raw';
import sequencesSource from '#shaders/shared/sequences.wgsl?raw';
import forward from '#shaders/attention_forward.wgsl?raw';
import backwardQuery from '#shaders/attention_backward_query.wgsl?raw';
import backwardKey from '#shaders/attention_backward_key.wgsl?raw';
import weights from '#shaders/attention_weights.wgsl?raw';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Groups, Program, Tensor } from '#engine/gpu/program.ts';
import { padded, quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { countOf, rowsOf, type Sequences, sequenceConstants } from './sequences.ts';
import { attentionWork } from './work.ts';

/** H heads of D channels; each head is padded to whole quads. */
export interface Heads { heads: number; headDim: number }

/** Width of one of q, k, v with padded heads. */
export const attentionWidth = (h: Heads): number => h.heads * padded(h.headDim);

/** How a kernel deals its rows (queries, or keys in the backward of keys) out to threads, and what they go over. */
interface Deal {
  /** Threads of a workgroup, rows of a thread, threads that share the quads of a row. */
  WG: number; EACH: number; PARTS: number;
  /** Rows gone over at a time; those that a tile in workgroup memory holds. */
  KEYS: number; TILE: number;
  SUBGROUP: boolean; SPLIT: boolean;
}

/** `kept` is the number of vectors of the head's width that a thread keeps for each of its rows. */
function deal(gpu: Gpu, d4: number, s: Sequences, kept: number): Deal {
  const lanes = gpu.subgroupSize;
  const o = (globalThis as any).DEAL ?? {};
  if (gpu.software && lanes >= 4 && lanes <= 16) {
    return { WG: lanes, EACH: Math.max(1, Math.min(4, Math.floor(64 / d4 / kept))), PARTS: 1, KEYS: 4, TILE: 0, SUBGROUP: true, SPLIT: false, ...o };
  }
  let PARTS = 1;
  while (d4 / PARTS > 8 && d4 % (2 * PARTS) === 0) PARTS *= 2;
  return { WG: 64, EACH: kept <= 2 ? 2 : 1, PARTS, KEYS: 4, TILE: Math.max(4, Math.min(32, 4 * Math.floor((PARTS > 1 ? 3072 : 4096) / (32 * d4 + 8)))), SUBGROUP: false, SPLIT: PARTS > 1 };
}

function shape(gpu: Gpu, h: Heads, s: Sequences, kept: number): { constants: Record<string, number | boolean>; params: { scale: number }; groups: Groups; fragments: string[] } {
  const d = deal(gpu, quads(h.headDim), s, kept);
  return {
    constants: { H: h.heads, D4: quads(h.headDim), ...d, ...sequenceConstants(s) },
    params: { scale: h.headDim ** -0.5 },
    groups: [Math.ceil(longest(s) / (d.WG / d.PARTS * d.EACH)), h.heads, countOf(s)],
    fragments: [...(d.SUBGROUP ? ['enable subgroups;', quadSwapSource] : []), sequencesSource, dotAddSource],
  };
}

const longest = (s: Sequences): number => Math.max(s.globals ? s.globalTokens : 0, s.locals ? s.localTokens : 0);

/** qkv (rows, 3 width) -> out (rows, width), which may be 16-bit, and lse (rows, heads). */
export function attentionForward<L>(p: Program<L>, a: Heads & { sequences: Sequences; qkv: Tensor; out: Tensor; lse: Tensor }): void {
  const { constants, params, groups, fragments } = shape(p.gpu, a, a.sequences, 2);
  p.add({ kernel: source('attention_forward', [stored, ...fragments, forward], { ...constants, HALF: !!a.out.half }), bind: [a.qkv, a.out, a.lse], params, groups, work: attentionWork(a, a.sequences) });
}

/** dout (rows, width) -> dqkv (rows, 3 width). */
export function attentionBackward<L>(p: Program<L>, a: Heads & { sequences: Sequences; dout: Tensor; qkv: Tensor; out: Tensor; lse: Tensor; dqkv: Tensor }): void {
  const delta = p.temp('attention delta', rowsOf(a.sequences) * a.heads);
  const query = shape(p.gpu, a, a.sequences, 3);
  p.add({
    kernel: source('attention_backward_query', [stored, ...query.fragments, backwardQuery], { ...query.constants, HALF: !!a.out.half }),
    bind: [a.dout, a.qkv, a.out, a.lse, a.dqkv, delta], params: query.params, groups: query.groups, work: attentionWork(a, a.sequences),
  });
  const key = shape(p.gpu, a, a.sequences, 4);
  p.add({
    kernel: source('attention_backward_key', [...key.fragments, backwardKey], key.constants),
    bind: [a.dout, a.qkv, a.lse, delta, a.dqkv], params: key.params, groups: key.groups, work: attentionWork(a, a.sequences),
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
