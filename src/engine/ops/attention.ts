import dotAddSource from '#shaders/shared/dot_add.wgsl?raw';
import quadSwapSource from '#shaders/shared/quad_swap.wgsl?raw';
import togetherSource from '#shaders/shared/together.wgsl?raw';
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
  /**
   * Threads of a workgroup, rows of a thread, threads that share the quads of a row. Those add up in workgroup memory
   * (SPLIT), or as lanes of a subgroup of LANE_COUNT (LANES), where 2 ** PAIRINGS of them share a row.
   */
  WG: number; EACH: number; PARTS: number; SPLIT: boolean; LANES: boolean; LANE_COUNT: number; PAIRINGS: number;
  /** Rows gone over at a time, and how a thread comes by them; a tile in workgroup memory holds TILE. */
  KEYS: number; SUBGROUP: boolean; UNIFORM: boolean; TILED: boolean; TILE: number;
}

/** Quads that a thread of SwiftShader keeps: with more, compiling takes seconds. */
const KEPT_QUADS = 64;
/** The same of a GPU, for all of its rows: beyond some 128 registers a thread, GPUs spill. */
const KEPT_QUADS_HARDWARE = 32;
const MOST_TILED = 32;

/** `kept` is the number of vectors of the head's width that a thread keeps for each of its rows. */
function deal(gpu: Gpu, d4: number, kept: number): Deal {
  const { software, subgroupSize: lanes } = gpu;
  const own = { PARTS: 1, SPLIT: false, LANES: false, LANE_COUNT: lanes, PAIRINGS: 0, SUBGROUP: false, UNIFORM: false, TILED: false, TILE: 0 };
  // A load of four lanes is four loads, so each lane fetches a row of its own and they swap. Compilers of wider
  // processors take too long over several rows a thread.
  if (software && lanes >= 4 && lanes <= 16) {
    const EACH = lanes > 4 ? 1 : Math.max(1, Math.min(4, Math.floor(KEPT_QUADS / d4 / kept)));
    return { ...own, WG: lanes, EACH, KEYS: 4, SUBGROUP: true };
  }
  if (software) return { ...own, WG: 32, EACH: 1, KEYS: 1, UNIFORM: true };
  // Neighbouring threads share a wide row. Where they are lanes of a subgroup that costs next to nothing, so that each
  // holds little of many rows.
  const [mostQuads, mostParts] = gpu.subgroupIds ? [4, lanes] : [8, d4];
  let PARTS = 1;
  while (d4 / PARTS > mostQuads && d4 % (2 * PARTS) === 0 && 2 * PARTS <= mostParts) PARTS *= 2;
  const LANES = PARTS > 1 && gpu.subgroupIds;
  const SPLIT = PARTS > 1 && !LANES;
  const [WG, KEYS] = [LANES ? 128 : 64, 4];
  const EACH = 2 * kept * d4 / PARTS <= KEPT_QUADS_HARDWARE ? 2 : 1;
  // Less what the threads of a row tell each other through workgroup memory.
  const words = gpu.device.limits.maxComputeWorkgroupStorageSize / 4 - (SPLIT ? 4 * EACH * KEYS * WG : 0);
  const TILE = Math.max(KEYS, Math.min(MOST_TILED, KEYS * Math.floor(words / (8 * d4 + 2) / KEYS)));
  return { ...own, WG, EACH, PARTS, SPLIT, LANES, PAIRINGS: Math.log2(PARTS), KEYS, TILED: true, TILE };
}

function shape(gpu: Gpu, h: Heads, s: Sequences, kept: number): { constants: Record<string, number | boolean>; params: { scale: number }; groups: Groups; fragments: string[] } {
  const d = deal(gpu, quads(h.headDim), kept);
  return {
    constants: { H: h.heads, D4: quads(h.headDim), ...d, ...sequenceConstants(s) },
    params: { scale: h.headDim ** -0.5 },
    groups: [Math.ceil(longest(s) / (d.WG / d.PARTS * d.EACH)), h.heads, countOf(s)],
    fragments: [...(d.LANES ? [togetherSource] : []), ...(d.SUBGROUP ? ['enable subgroups;', quadSwapSource] : []), sequencesSource, dotAddSource],
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

/** The attention of token `query` in each of `count` sequences of T tokens: weights (count, heads, T); nothing in runs where `where` says no. */
export function attentionWeights<L>(p: Program<L>, a: Heads & {
  count: number; tokens: number; query: number | ((live: L) => number); where?: (live: L) => boolean; qkv: Tensor; weights: Tensor;
}): void {
  const { query, where } = a;
  const groups = [Math.ceil(a.tokens / 64), a.heads, a.count] as const;
  p.add({
    kernel: source('attention_weights', [weights], { H: a.heads, D4: quads(a.headDim) }),
    bind: [a.qkv, a.weights],
    params: l => ({ scale: a.headDim ** -0.5, T: a.tokens, query: typeof query === 'function' ? query(l) : query }),
    groups: where ? l => where(l) ? groups : 0 : groups,
  });
}
