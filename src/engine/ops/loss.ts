/** Teacher targets, cross-entropy, KoLeo, centers and the numbers of a step. */
import centerSumsSource from '#shaders/center_sums.wgsl?raw';
import centerUpdateSource from '#shaders/center_update.wgsl?raw';
import crossEntropySource from '#shaders/cross_entropy.wgsl?raw';
import koleoBackwardSource from '#shaders/koleo_backward.wgsl?raw';
import koleoForwardSource from '#shaders/koleo_forward.wgsl?raw';
import stepLossesSource from '#shaders/step_losses.wgsl?raw';
import teacherSoftmaxSource from '#shaders/teacher_softmax.wgsl?raw';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Program, Tensor, Values } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { addSlices, source } from './gemm.ts';
import { quadsEach, rowShape, rowThreads, slicesFor } from './layernorm.ts';
import { rowBytes } from './work.ts';

/** Rows of logits (rows, k) that live together: `row0` is the first one's number among all rows. */
export interface LogitRows<L> { logits: Tensor; rows: (live: L) => number; maxRows: number; row0: (live: L) => number; clsRows: number; k: number }

/** Adds the column sums of the raw teacher logits, or of its targets, to sums (2, k): class rows, patch rows. */
export function centerSums<L>(p: Program<L>, c: LogitRows<L> & { sums: Tensor }): void {
  const k4 = quads(c.k);
  const count = slicesFor(p.gpu, c.maxRows);
  const slices = p.temp('center slices', count * 2 * k4 * 4);
  p.add({
    kernel: source('center_sums', [centerSumsSource], { S: count, K4: k4, EACH: quadsEach(p.gpu, k4) }),
    bind: [c.logits, slices],
    work: rowBytes(c.rows, 4 * k4),
    params: l => ({ rows: c.rows(l), row0: c.row0(l), cls_rows: c.clsRows, share: Math.max(1, Math.ceil(c.rows(l) / count)) }),
    groups: l => c.rows(l) ? Math.ceil(count * k4 / quadsEach(p.gpu, k4) / 64) : 0,
  });
  addSlices(p, slices, c.sums, undefined, count, { rows: c.rows });
}

/** Rows of k columns: kept in registers where they fit, else gone over in blocks of a few quads a thread. */
function longRows(gpu: Gpu, k: number): ReturnType<typeof rowShape> {
  const k4 = quads(k);
  const { shape, fragments } = rowShape(gpu, k4, gpu.software ? 8 : 16);
  if (shape.KEEP) return { shape: { ...shape, WHOLE: shape.WHOLE && k % 4 === 0 }, fragments };
  const QUADS = gpu.software ? 2 : 8;
  return { shape: { ...shape, QUADS, WHOLE: k % (4 * QUADS * shape.WG) === 0 }, fragments };
}

/** logits become probabilities in place; entropy (all rows) gets each row's, in nats. */
export function teacherSoftmax<L>(p: Program<L>, t: LogitRows<L> & { centers: Tensor; entropy: Tensor; temp: (live: L) => number }): void {
  const { shape, fragments } = longRows(p.gpu, t.k);
  p.add({
    kernel: source('teacher_softmax', [...fragments, teacherSoftmaxSource], { K: t.k, K4: quads(t.k), ...shape }),
    bind: [t.centers, t.logits, t.entropy],
    work: rowBytes(t.rows, 8 * quads(t.k)),
    params: l => ({ rows: t.rows(l), row0: t.row0(l), cls_rows: t.clsRows, temp: t.temp(l) }),
    groups: t.rows,
  });
}

/** logits become their gradients in place; losses (all rows) gets each row's loss. `pairs` is packed by `packPairs`. */
export function crossEntropy<L>(p: Program<L>, c: LogitRows<L> & {
  targets: Tensor; pairs: Tensor; losses: Tensor; teacherRow0: (live: L) => number; temp: number;
  clsWeight: (live: L) => number; patchWeight: (live: L) => number;
}): void {
  const { shape, fragments } = longRows(p.gpu, c.k);
  p.add({
    kernel: source('cross_entropy', [...fragments, crossEntropySource], { K: c.k, K4: quads(c.k), SKIP: !p.gpu.software, ...shape }),
    bind: [c.targets, c.pairs, c.logits, c.losses],
    work: rowBytes(c.rows, 12 * quads(c.k)),
    params: l => ({
      rows: c.rows(l), row0: c.row0(l), cls_rows: c.clsRows, teacher_row0: c.teacherRow0(l), temp: c.temp,
      cls_weight: c.clsWeight(l), patch_weight: c.patchWeight(l),
    }),
    groups: c.rows,
  });
}

/** A student row's teacher rows and weights: t0, t1 (teacher rows), w0, w1. */
export function packPair(into: DataView, row: number, t0: number, t1: number, w0: number, w1: number): void {
  into.setUint32(16 * row, t0, true);
  into.setUint32(16 * row + 4, t1, true);
  into.setFloat32(16 * row + 8, w0, true);
  into.setFloat32(16 * row + 12, w1, true);
}

/** KoLeo over the class tokens of the two global views. features (rows, c); losses (2, images). */
export function koleoForward<L>(p: Program<L>, k: { features: Tensor; neighbors: Tensor; losses: Tensor; images: number; views: number; c: number }): void {
  p.add({
    kernel: source('koleo_forward', [koleoForwardSource], { B: k.images, VIEWS: k.views, C: k.c, C4: quads(k.c) }),
    bind: [k.features, k.neighbors, k.losses],
    groups: [k.images, 2, 1],
  });
}

/** dfeatures is added to. */
export function koleoBackward<L>(p: Program<L>, k: { features: Tensor; neighbors: Tensor; dfeatures: Tensor; images: number; views: number; c: number; weight: (live: L) => number }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(k.c));
  p.add({
    kernel: source('koleo_backward', [reduce, koleoBackwardSource], { B: k.images, VIEWS: k.views, C: k.c, C4: quads(k.c), WG }),
    bind: [k.features, k.neighbors, k.dfeatures],
    params: l => ({ weight: k.weight(l) }),
    groups: [k.images, 2, 1],
  });
}

/** Adds a micro-batch's losses to the step's numbers. */
export function stepLosses<L>(p: Program<L>, s: {
  losses: Tensor; entropy: Tensor; koleo?: { losses: Tensor; rows: number }; numbers: Tensor;
  params: (live: L) => Values;
}): void {
  const { WG, reduce } = rowThreads(p.gpu, 64);
  p.add({
    kernel: source('step_losses', [reduce, stepLossesSource], { WG, KOLEO: !!s.koleo, ...(s.koleo ? { KOLEO_ROWS: s.koleo.rows } : {}) }),
    bind: [s.losses, s.entropy, ...(s.koleo ? [s.koleo.losses] : []), s.numbers],
    params: s.params,
    groups: 1,
  });
}

export function centerUpdate<L>(p: Program<L>, c: { sums: Tensor; numbers: Tensor; centers: Tensor; k: number; params: (live: L) => Values }): void {
  p.add({
    kernel: source('center_update', [centerUpdateSource], { K4: quads(c.k) }),
    bind: [c.sums, c.numbers, c.centers],
    params: c.params,
    groups: Math.ceil(2 * quads(c.k) / 64),
  });
}
