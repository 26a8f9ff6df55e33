/** Small row-wise ops: gather and scatter, L2 normalisation, weight normalisation, the largest entry. */
import gather from '#shaders/gather_rows.wgsl?raw';
import scatter from '#shaders/scatter_rows.wgsl?raw';
import normalizeForwardSource from '#shaders/normalize_forward.wgsl?raw';
import normalizeBackwardSource from '#shaders/normalize_backward.wgsl?raw';
import rowLargestSource from '#shaders/row_largest.wgsl?raw';
import tokenFeaturesSource from '#shaders/token_features.wgsl?raw';
import weightNormForwardSource from '#shaders/weight_norm_forward.wgsl?raw';
import weightNormBackwardSource from '#shaders/weight_norm_backward.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { padded, quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { quadsEach, rowShape, rowsInTurn, rowThreads } from './layernorm.ts';
import { rowBytes } from './work.ts';

export type Rows<L> = number | ((live: L) => number);

/** {name: rows} as parameters, now or from run to run. */
export const rowParam = <L>(name: string, rows: Rows<L>): Record<string, number> | ((l: L) => Record<string, number>) =>
  typeof rows === 'function' ? l => ({ [name]: rows(l) }) : { [name]: rows };
const threads = <L>(rows: Rows<L>, each: number): Rows<L> =>
  typeof rows === 'function' ? l => Math.ceil(rows(l) * each / 64) : Math.ceil(rows * each / 64);

/** out (rows, c) = x[index]; index (rows) u32. */
export function gatherRows<L>(p: Program<L>, g: { x: Tensor; index: Tensor; out: Tensor; rows: Rows<L>; c: number }): void {
  p.add({ kernel: source('gather_rows', [gather], { C4: quads(g.c), EACH: quadsEach(p.gpu, quads(g.c)) }), bind: [g.x, g.index, g.out], params: rowParam('R', g.rows), groups: threads(g.rows, quads(g.c) / quadsEach(p.gpu, quads(g.c))), work: rowBytes(g.rows, 8 * quads(g.c)) });
}

export const NOWHERE = 0xffffffff;

/** dx (rows, c): dout[place], or 0 where place is NOWHERE. */
export function scatterRows<L>(p: Program<L>, s: { dout: Tensor; place: Tensor; dx: Tensor; rows: number; c: number }): void {
  p.add({ kernel: source('scatter_rows', [scatter], { C4: quads(s.c), EACH: quadsEach(p.gpu, quads(s.c)) }), bind: [s.dout, s.place, s.dx], params: { N: s.rows }, groups: threads<L>(s.rows, quads(s.c) / quadsEach(p.gpu, quads(s.c))) });
}

/** Rows of one workgroup, and the workgroups. Rows that change from run to run are those of a head: hundreds. */
function inTurn<L>(p: Program<L>, rows: Rows<L>): { ROWS: number; groups: Rows<L> } {
  const ROWS = rowsInTurn(p.gpu, typeof rows === 'number' ? rows : 256);
  return { ROWS, groups: typeof rows === 'number' ? Math.ceil(rows / ROWS) : l => Math.ceil(rows(l) / ROWS) };
}

export function normalizeForward<L>(p: Program<L>, n: { x: Tensor; y: Tensor; norms: Tensor; rows: Rows<L>; c: number }): void {
  const { shape, fragments } = rowShape(p.gpu, quads(n.c));
  const { ROWS, groups } = inTurn(p, n.rows);
  p.add({ kernel: source('normalize_forward', [...fragments, normalizeForwardSource], { C4: quads(n.c), ROWS, ...shape }), bind: [n.x, n.y, n.norms], params: rowParam('N', n.rows), groups, work: rowBytes(n.rows, 8 * quads(n.c)) });
}

export function normalizeBackward<L>(p: Program<L>, n: { dy: Tensor; y: Tensor; norms: Tensor; dx: Tensor; rows: Rows<L>; c: number }): void {
  const { shape, fragments } = rowShape(p.gpu, quads(n.c));
  const { ROWS, groups } = inTurn(p, n.rows);
  p.add({ kernel: source('normalize_backward', [...fragments, normalizeBackwardSource], { C4: quads(n.c), ROWS, ...shape }), bind: [n.dy, n.y, n.norms, n.dx], params: rowParam('N', n.rows), groups, work: rowBytes(n.rows, 12 * quads(n.c)) });
}

/** w (k, c) = g v / |v|, row by row; rows beyond k are 0. */
export function weightNormForward<L>(p: Program<L>, n: { v: Tensor; g: Tensor; w: Tensor; k: number; c: number }): void {
  const { shape, fragments } = rowShape(p.gpu, quads(n.c));
  const { ROWS, groups } = inTurn(p, padded(n.k));
  p.add({ kernel: source('weight_norm_forward', [...fragments, weightNormForwardSource], { K: n.k, K4: quads(n.k), C4: quads(n.c), ROWS, ...shape }), bind: [n.v, n.g, n.w], groups });
}

/** dv and dg are added to. */
export function weightNormBackward<L>(p: Program<L>, n: { dw: Tensor; v: Tensor; g: Tensor; dv: Tensor; dg: Tensor; k: number; c: number }): void {
  const { shape, fragments } = rowShape(p.gpu, quads(n.c));
  const { ROWS, groups } = inTurn(p, n.k);
  p.add({ kernel: source('weight_norm_backward', [...fragments, weightNormBackwardSource], { K: n.k, C4: quads(n.c), ROWS, ...shape }), bind: [n.dw, n.v, n.g, n.dv, n.dg], groups });
}

/** features (sequences, 2, c): class token and mean patch token of `sequences` sequences of `tokens` normed tokens. */
export function tokenFeatures<L>(p: Program<L>, t: { tokens: Tensor; features: Tensor; sequences: number; length: number; c: number }): void {
  p.add({
    kernel: source('token_features', [tokenFeaturesSource], { C4: quads(t.c) }),
    bind: [t.tokens, t.features],
    params: { sequences: t.sequences, T: t.length },
    groups: Math.ceil(t.sequences * 2 * quads(t.c) / 64),
  });
}

/** best (all rows, 2), from row `row0` on: the column of the largest of k entries, and that entry's bits. */
export function rowLargest<L>(p: Program<L>, r: { scores: Tensor; best: Tensor; rows: number; row0: number | ((live: L) => number); k: number }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(r.k));
  p.add({
    kernel: source('row_largest', [reduce, rowLargestSource], { K: r.k, K4: quads(r.k), WG }),
    bind: [r.scores, r.best],
    work: rowBytes<L>(r.rows, 4 * quads(r.k)),
    params: l => ({ rows: r.rows, row0: typeof r.row0 === 'number' ? r.row0 : r.row0(l) }),
    groups: r.rows,
  });
}
