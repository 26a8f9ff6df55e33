/** Mean squared error and its gradient: the loss of the block that is compared with other frameworks. */
import mseSource from '#shaders/mse.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { rowThreads } from './layernorm.ts';

/** y, target, dy (rows, c); losses (rows): each row's part of the mean over all rows x c entries. */
export function meanSquaredError<L>(p: Program<L>, m: { y: Tensor; target: Tensor; losses: Tensor; dy: Tensor; rows: number; c: number }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(m.c));
  p.add({
    kernel: source('mse', [reduce, mseSource], { C4: quads(m.c), WG }),
    bind: [m.y, m.target, m.losses, m.dy],
    params: { N: m.rows, scale: 1 / (m.rows * m.c) },
    groups: m.rows,
  });
}
