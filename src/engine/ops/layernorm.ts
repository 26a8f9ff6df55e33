import reduceWorkgroup from '#shaders/shared/reduce_workgroup.wgsl?raw';
import reduceSubgroup from '#shaders/shared/reduce_subgroup.wgsl?raw';
import stored from '#shaders/shared/stored.wgsl?raw';
import rowQuads from '#shaders/shared/row_quads.wgsl?raw';
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
  // Three or four quads a thread are enough to be read at a time.
  let WG = 32;
  while (WG < 256 && 4 * WG < length4) WG *= 2;
  return { WG, reduce: reduceWorkgroup };
}

/** For kernels that include shaders/shared/row_quads.wgsl: what rowThreads says and how many quads of a row each has. */
export interface RowShape { WG: number; QUADS: number; KEEP: boolean; WHOLE: boolean; NEIGHBOURS: boolean }

/** The reductions and row_quads.wgsl as `fragments`. A thread keeps at most `most` quads of a row in registers. */
export function rowShape(gpu: Gpu, length4: number, most = gpu.software ? 64 : 16): { shape: RowShape; fragments: string[] } {
  const { WG, reduce } = rowThreads(gpu, length4);
  const QUADS = Math.ceil(length4 / WG);
  return { shape: { WG, QUADS, KEEP: QUADS <= most, WHOLE: QUADS * WG === length4, NEIGHBOURS: gpu.software }, fragments: [reduce, rowQuads] };
}

/**
 * Rows that a workgroup takes one after the other: on software adapters what they share is then read once, and few
 * workgroups are begun; but enough to go round the processor's cores.
 */
export const rowsInTurn = (gpu: Gpu, maxRows: number): number => gpu.software ? Math.max(4, Math.min(256, Math.ceil(maxRows / 32))) : 1;

/** Neighbouring quads that a thread of a column- or elementwise kernel takes: more on narrow processors, one on GPUs. */
export function quadsEach(gpu: Gpu, length4: number): number {
  if (!gpu.software) return 1;
  return (gpu.subgroupSize > 4 ? [4, 2] : [8, 4, 2]).find(n => length4 % n === 0) ?? 1;
}

/** Slices into which a sum over rows is cut: enough threads to fill the device; on software adapters, what fits its caches. */
export const slicesFor = (gpu: Gpu, maxRows: number): number =>
  gpu.software ? Math.max(1, Math.min(64, Math.ceil(maxRows / 128))) : Math.max(1, Math.min(512, Math.ceil(maxRows / 32)));

export interface Norm<L> { x: Tensor; weight: Tensor; stats: Tensor; rows: Rows<L>; maxRows?: number; c: number }

/** y = LayerNorm(x), which may be 16-bit, and its statistics (2 words a row). x, y (rows, c). */
export function layernormForward<L>(p: Program<L>, n: Norm<L> & { bias: Tensor; y: Tensor }): void {
  const { shape, fragments } = rowShape(p.gpu, quads(n.c));
  const { rows } = n;
  const ROWS = rowsInTurn(p.gpu, n.maxRows ?? (typeof rows === 'number' ? rows : 4096));
  p.add({
    kernel: source('layernorm_forward', [stored, ...fragments, forward], { HALF: !!n.y.half, C: n.c, C4: quads(n.c), ROWS, PADDED: n.c % 4 > 0 || !shape.WHOLE, ...shape }),
    bind: [n.x, n.weight, n.bias, n.y, n.stats],
    work: rowBytes(rows, 8 * quads(n.c)),
    params: typeof rows === 'function' ? l => ({ N: rows(l) }) : { N: rows },
    groups: typeof rows === 'function' ? l => Math.ceil(rows(l) / ROWS) : Math.ceil(rows / ROWS),
  });
}

/** dx = gradient through the norm, plus `past` where given; dweight and dbias are added to. */
export function layernormBackward<L>(p: Program<L>, n: Norm<L> & { dy: Tensor; past?: Tensor; dx: Tensor; dweight: Tensor; dbias: Tensor }): void {
  const { gpu } = p;
  const c4 = quads(n.c);
  const { shape, fragments } = rowShape(gpu, c4, gpu.software ? 32 : 16);
  const { rows } = n;
  const maxRows = n.maxRows ?? (typeof rows === 'number' ? rows : 4096);
  // What a workgroup keeps of a row in registers it can sum for the parameters as it goes, over its share of the rows.
  const SUMS = shape.KEEP;
  const count = SUMS ? Math.max(1, Math.min(gpu.software ? 16 : 2048, Math.ceil(maxRows / 8))) : slicesFor(gpu, maxRows);
  const slices = p.temp('layernorm slices', count * 2 * c4 * 4);
  const shared = (r: number) => ({ N: r, share: Math.max(1, Math.ceil(r / count)) });
  const inTurn = (r: number) => SUMS ? shared(r) : { N: r, share: rowsInTurn(gpu, maxRows) };
  p.add({
    kernel: source('layernorm_backward', [...fragments, backward], { C: n.c, C4: c4, ADD: !!n.past, SUMS, PADDED: n.c % 4 > 0, ...shape }),
    bind: [n.dy, n.x, n.weight, n.stats, ...(n.past ? [n.past] : []), n.dx, ...(SUMS ? [slices] : [])],
    work: rowBytes(rows, (n.past ? 16 : 12) * c4),
    params: typeof rows === 'function' ? l => inTurn(rows(l)) : inTurn(rows),
    groups: SUMS ? count : typeof rows === 'function' ? l => Math.ceil(rows(l) / rowsInTurn(gpu, maxRows)) : Math.ceil(rows / rowsInTurn(gpu, maxRows)),
  });
  if (!SUMS) {
    p.add({
      kernel: source('layernorm_gradients', [gradients], { C: n.c, C4: c4, S: count }),
      bind: [n.dy, n.x, n.stats, slices],
      work: rowBytes(rows, 8 * c4),
      params: typeof rows === 'function' ? l => shared(rows(l)) : shared(rows),
      groups: Math.ceil(count * c4 / 64),
    });
  }
  addSlices(p, slices, n.dweight, n.dbias, count);
}
