/** What a batch says of whether a network learns or collapses. */
import batchHealthSource from '#shaders/batch_health.wgsl?raw';
import columnMomentsSource from '#shaders/column_moments.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { rowThreads } from './layernorm.ts';
import { rowBytes } from './work.ts';

/** Adds column sums of x (rows, c), and of its squares, to moments (2, c). */
export function columnMoments<L>(p: Program<L>, m: { x: Tensor; moments: Tensor; rows: number; c: number }): void {
  p.add({
    kernel: source('column_moments', [columnMomentsSource], { C4: quads(m.c) }),
    bind: [m.x, m.moments],
    work: rowBytes<L>(m.rows, 4 * quads(m.c)),
    params: { rows: m.rows },
    groups: Math.ceil(quads(m.c) / 64),
  });
}

/** Writes the batch's four words of the step's numbers. sums (k), best (rows, 2; see rowLargest), moments (2, c): of all its class rows. */
export function batchHealth<L>(p: Program<L>, b: { sums: Tensor; best: Tensor; moments: Tensor; numbers: Tensor; rows: number; k: number; c: number }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(Math.max(b.k, b.rows)));
  p.add({
    kernel: source('batch_health', [reduce, batchHealthSource], { N: b.rows, K: b.k, C: b.c, C4: quads(b.c), WG }),
    bind: [b.sums, b.best, b.moments, b.numbers],
    work: { bytes: 4 * (b.k + 2 * b.rows + 2 * b.c) },
    groups: 1,
  });
}
