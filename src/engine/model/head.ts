/** The projection head without its last layer: 3-layer MLP and L2 normalisation, forward and backward. */
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { gemmGradient, gemmNN, gemmNT } from '#engine/ops/gemm.ts';
import { normalizeBackward, normalizeForward, type Rows } from '#engine/ops/rows.ts';
import type { ModelShape } from './parameters.ts';
import type { Named } from './vit.ts';

export interface HeadTape { x: Tensor; pre0: Tensor; hidden0: Tensor; pre2: Tensor; hidden2: Tensor; z: Tensor; norms: Tensor }

interface HeadRows<L> { rows: Rows<L>; maxRows: number }

/** x (rows, width) -> z (rows, bottleneck), unit rows; `half` keeps the hidden layers in 16 bits. */
export function headForward<L>(p: Program<L>, c: ModelShape, w: Named, label: string, x: Tensor, { rows, maxRows }: HeadRows<L>, half = false): HeadTape {
  const [C, H, Z] = [padded(c.embedDim), padded(c.headHidden), padded(c.headBottleneck)];
  const temp = (name: string, columns: number, half = false) => p.temp(`${label} head ${name}`, maxRows * columns, half);
  const t: HeadTape = { x, pre0: temp('pre0', H), hidden0: temp('hidden0', H, half), pre2: temp('pre2', H), hidden2: temp('hidden2', H, half), z: temp('z', Z), norms: temp('norms', 1) };
  const y = temp('bottleneck', Z);
  const layer = (n: number) => ({ b: w(`head/layers.${n}.weight`), bias: w(`head/layers.${n}.bias`), rows, maxRows });
  gemmNT(p, { a: x, ...layer(0), out: t.hidden0, n: H, k: C, gelu: { pre: t.pre0 } });
  gemmNT(p, { a: t.hidden0, ...layer(2), out: t.hidden2, n: H, k: H, gelu: { pre: t.pre2 } });
  gemmNT(p, { a: t.hidden2, ...layer(4), out: y, n: Z, k: H });
  normalizeForward(p, { x: y, y: t.z, norms: t.norms, rows, c: c.headBottleneck });
  return t;
}

/** dz (rows, bottleneck) -> dx (rows, width); parameter gradients are added to. */
export function headBackward<L>(p: Program<L>, c: ModelShape, w: Named, dw: Named, dz: Tensor, t: HeadTape, { rows, maxRows }: HeadRows<L>): Tensor {
  const [C, H, Z] = [padded(c.embedDim), padded(c.headHidden), padded(c.headBottleneck)];
  const temp = (name: string, columns: number) => p.temp(`head ${name}`, maxRows * columns);
  const [dy, dpre2, dpre0, dx] = [temp('dy', Z), temp('dpre2', H), temp('dpre0', H), temp('dx', C)];
  const gradient = (n: number, d: Tensor, x: Tensor, o: number, i: number) =>
    gemmGradient(p, { dy: d, x, dweight: dw(`head/layers.${n}.weight`), dbias: dw(`head/layers.${n}.bias`), rows, maxRows, o, i });
  normalizeBackward(p, { dy: dz, y: t.z, norms: t.norms, dx: dy, rows, c: c.headBottleneck });
  gradient(4, dy, t.hidden2, Z, H);
  gemmNN(p, { a: dy, b: w('head/layers.4.weight'), out: dpre2, rows, maxRows, n: H, k: Z, geluBackward: { pre: t.pre2 } });
  gradient(2, dpre2, t.hidden0, H, H);
  gemmNN(p, { a: dpre2, b: w('head/layers.2.weight'), out: dpre0, rows, maxRows, n: H, k: H, geluBackward: { pre: t.pre0 } });
  gradient(0, dpre0, t.x, H, C);
  gemmNN(p, { a: dpre0, b: w('head/layers.0.weight'), out: dx, rows, maxRows, n: C, k: H });
  return dx;
}
