import reduceWorkgroup from '#shaders/shared/reduce_workgroup.wgsl?raw';
import reduceSubgroup from '#shaders/shared/reduce_subgroup.wgsl?raw';
import forward from '#shaders/layernorm_forward.wgsl?raw';
import backward from '#shaders/layernorm_backward.wgsl?raw';
import gradients from '#shaders/layernorm_gradients.wgsl?raw';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { addSlices, source } from './gemm.ts';
import { rowBytes } from './work.ts';

type Rows<L> = number | ((live: L) => number);

/** Threads that share a row, and the reductions that go with them: one small subgroup on software adapters. */
export function rowThreads(gpu: Gpu, length4: number): { WG: number; reduce: string } {
  if (gpu.software && gpu.subgroupSize > 0) return { WG: gpu.subgroupSize, reduce: reduceSubgroup };
  return { WG: length4 > 256 ? 256 : 64, reduce: reduceWorkgroup };
}

/** Slices into which a sum over rows is cut: enough threads to fill the device. */
export const slicesFor = (gpu: Gpu, maxRows: number): number => Math.max(1, Math.min(gpu.software ? 4 : 128, Math.ceil(maxRows / 32)));

export interface Norm<L> { x: Tensor; weight: Tensor; stats: Tensor; rows: Rows<L>; c: number }

/** y = LayerNorm(x) and its statistics (2 words a row). x, y (rows, c). */
export function layernormForward<L>(p: Program<L>, n: Norm<L> & { bias: Tensor; y: Tensor }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(n.c));
  const { rows } = n;
  p.add({
    kernel: source('layernorm_forward', [reduce, forward], { C: n.c, C4: quads(n.c), WG }),
    bind: [n.x, n.weight, n.bias, n.y, n.stats],
    work: rowBytes(rows, 8 * quads(n.c)),
    params: typeof rows === 'function' ? l => ({ N: rows(l) }) : { N: rows },
    groups: rows,
  });
}

/** dx = gradient through the norm, plus `past` where given; dweight and dbias are added to. */
export function layernormBackward<L>(p: Program<L>, n: Norm<L> & { dy: Tensor; past?: Tensor; dx: Tensor; dweight: Tensor; dbias: Tensor; maxRows?: number }): void {
  const { WG, reduce } = rowThreads(p.gpu, quads(n.c));
  const c4 = quads(n.c);
  const { rows } = n;
  p.add({
    kernel: source('layernorm_backward', [reduce, backward], { C: n.c, C4: c4, WG, ADD: !!n.past }),
    bind: [n.dy, n.x, n.weight, n.stats, ...(n.past ? [n.past] : []), n.dx],
    work: rowBytes(rows, (n.past ? 16 : 12) * c4),
    params: typeof rows === 'function' ? l => ({ N: rows(l) }) : { N: rows },
    groups: rows,
  });
  const count = slicesFor(p.gpu, n.maxRows ?? (typeof rows === 'number' ? rows : 4096));
  const slices = p.temp('layernorm slices', count * 2 * c4 * 4);
  const params = (r: number) => ({ N: r, share: Math.max(1, Math.ceil(r / count)) });
  p.add({
    kernel: source('layernorm_gradients', [gradients], { C: n.c, C4: c4, S: count }),
    bind: [n.dy, n.x, n.stats, slices],
    work: rowBytes(rows, 8 * c4),
    params: typeof rows === 'function' ? l => params(rows(l)) : params(rows),
    groups: Math.ceil(count * c4 / 64),
  });
  addSlices(p, slices, n.dweight, n.dbias, count);
}
