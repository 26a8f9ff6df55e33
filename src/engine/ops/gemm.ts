/** Matrix products in the three forms that a linear layer needs, over a closed list of tile shapes. */
import geluFunctions from '#shaders/shared/gelu.wgsl?raw';
import sequences from '#shaders/shared/sequences.wgsl?raw';
import operands from '#shaders/shared/gemm_operands.wgsl?raw';
import epilogue from '#shaders/shared/gemm_epilogue.wgsl?raw';
import gradientEpilogue from '#shaders/shared/gradient_epilogue.wgsl?raw';
import gemmSubgroup from '#shaders/gemm_subgroup.wgsl?raw';
import gradientSubgroup from '#shaders/gemm_gradient_subgroup.wgsl?raw';
import rotate from '#shaders/shared/rotate.wgsl?raw';
import gemmRegister from '#shaders/gemm_register.wgsl?raw';
import gemmTile from '#shaders/gemm_tile.wgsl?raw';
import gradientSum from '#shaders/gradient_sum.wgsl?raw';
import type { Gpu, KernelSource } from '#engine/gpu/device.ts';
import type { Groups, Program, Tensor, Values } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { type Sequences, sequenceConstants } from './sequences.ts';
import { choose, gradientTile, productTile, type Tile } from './tiles.ts';
import { productWork } from './work.ts';

type Rows<L> = number | ((live: L) => number);
const at = <L>(rows: Rows<L>, live: L): number => typeof rows === 'function' ? rows(live) : rows;

function groupsAndParams<L>(rows: Rows<L>, groups: (rows: number) => Groups, params: (rows: number) => Values):
{ groups: Groups | ((l: L) => Groups); params: Values | ((l: L) => Values) } {
  return typeof rows === 'function'
    ? { groups: l => groups(at(rows, l)), params: l => params(at(rows, l)) }
    : { groups: groups(rows), params: params(rows) };
}

export interface Gemm<L> {
  a: Tensor; b: Tensor; out: Tensor;
  /** Rows of A and C; `maxRows` bounds them where they change from run to run. */
  rows: Rows<L>; maxRows?: number;
  /** Columns of C and the summed dimension, both multiples of 4. */
  n: number; k: number;
  /** First rows of A and C. */
  aRow?: number; cRow?: number;
  bias?: Tensor;
  gelu?: { pre: Tensor };
  residual?: { x: Tensor; gamma?: Tensor; branch?: Tensor; drop?: Tensor; sequences: Sequences };
  geluBackward?: { pre: Tensor };
}

/** C = epilogue(A B^T): a linear layer forward, A (rows, k), B (n, k). */
export const gemmNT = <L>(p: Program<L>, g: Gemm<L>): void => product(p, g, true);
/** C = epilogue(A B): a linear layer's input gradient, A (rows, k), B (k, n). */
export const gemmNN = <L>(p: Program<L>, g: Gemm<L>): void => product(p, g, false);

function product<L>(p: Program<L>, g: Gemm<L>, bTransposed: boolean): void {
  const { n, k, aRow = 0, cRow = 0 } = g;
  const maxRows = g.maxRows ?? (typeof g.rows === 'number' ? g.rows : 1 << 20);
  const gamma = g.residual?.gamma;
  const drop = g.residual?.drop;
  const flags = {
    BIAS: !!g.bias, GELU: !!g.gelu, RESIDUAL: !!g.residual, GAMMA: !!gamma, BRANCH: !!g.residual?.branch, DROP: !!drop, GELU_BACKWARD: !!g.geluBackward,
    B_TRANSPOSED: bTransposed, A_TRANSPOSED: false, A_HALF: !!g.a.half, B_HALF: !!g.b.half, B_SIZED: true, C_HALF: !!g.out.half,
    ...(drop ? sequenceConstants(g.residual!.sequences) : {}),
  };
  const bind = [g.a, g.b, g.bias, gamma, drop, g.residual?.x, g.geluBackward?.pre, g.out, g.gelu?.pre, g.residual?.branch]
    .filter(t => t !== undefined);
  const fragments = [operands, ...(g.gelu || g.geluBackward ? [geluFunctions] : []), ...(drop ? [sequences] : []), epilogue];
  const after = Object.entries(flags).filter(([name, on]) => on === true && !name.endsWith('TRANSPOSED') && name !== 'B_SIZED').map(([name]) => name).join(' ');
  const { tile } = choose(p.gpu, { form: bTransposed ? 'NT' : 'NN', rows: maxRows, n, k, epilogue: after });
  const params = (m: number): Values => ({ M: m, a_row: aRow, c_row: cRow });
  const constants = { ...flags, N4: quads(n), K4: quads(k), ...tileConstants(p.gpu, tile) };
  const [height, width] = productTile(p.gpu, tile);
  p.add({
    kernel: tile.kind === 'subgroup'
      ? source('gemm_subgroup', [rotate, ...fragments, gemmSubgroup], { ...constants, ROWS: tile.rows, COLUMNS: tile.columns, ...turns(p.gpu, tile.rows) })
      : tile.kind === 'register' ? source('gemm_register', [...fragments, gemmRegister], constants) : source('gemm_tile', [...fragments, gemmTile], constants),
    bind,
    ...groupsAndParams(g.rows, m => [Math.ceil(n / width), Math.ceil(m / height), 1], params),
    work: productWork(bTransposed ? 'forward' : 'input gradient', g.rows, n, k),
  });
}

/** What a tile's kernel wants to know of it. */
function tileConstants(gpu: Gpu, tile: Tile): Record<string, number> {
  if (tile.kind === 'subgroup') return { SG: gpu.subgroupSize };
  const { tm: TM, tn: TN } = tile;
  if (tile.kind === 'register') return { TM, TN };
  const { bm: BM, bn: BN, bk: BK, unroll: UNROLL } = tile;
  const threads = (BM / TM) * (BN / TN);
  return { TM, TN, BM, BN, BK, UNROLL, FETCHES: Math.ceil((BM + BN) * BK / 16 / threads) };
}

/** How many rows go round in a subgroup, and whether within neighbours of four. */
function turns(gpu: Gpu, rows: number): { TURNS: number; QUADS: boolean } {
  const TURNS = Math.min(gpu.subgroupSize, rows);
  return { TURNS, QUADS: TURNS === 4 };
}

export interface GradientGemm<L> {
  /** (rows, o): gradient of the layer's output; (rows, i): the layer's input. */
  dy: Tensor; x: Tensor;
  /** Gradients of the parameters: both are added to. */
  dweight: Tensor; dbias?: Tensor;
  rows: Rows<L>; maxRows?: number;
  o: number; i: number;
  dyRow?: number; xRow?: number;
  /** The layer makes queries, keys and values: the keys' bias, whose exact gradient is 0, gets none. */
  qkv?: boolean;
}

/** dweight += dy^T x, dbias += column sums of dy. Deterministic: split sums are added in a fixed order. */
export function gemmGradient<L>(p: Program<L>, g: GradientGemm<L>): void {
  const maxRows = g.maxRows ?? (typeof g.rows === 'number' ? g.rows : 1 << 20);
  const [o4, i4] = [quads(g.o), quads(g.i)];
  const { tile, splits } = choose(p.gpu, { form: 'gradient', rows: maxRows, n: g.i, k: g.o, epilogue: [g.dbias && 'BIAS', g.dy.half && 'A_HALF', g.x.half && 'B_HALF'].filter(Boolean).join(' ') });
  const [height, width] = gradientTile(p.gpu, tile);
  const [gx, gy] = [Math.ceil(4 * i4 / width), Math.ceil(4 * o4 / height)];
  const split = splits > 1;
  const slice4 = 4 * o4 * i4 + (g.dbias ? o4 : 0);
  const slices = split ? p.temp('gradient slices', splits * slice4 * 4) : null;
  const flags = { SPLIT: split, BIAS: !!g.dbias, QKV: !!g.qkv, A_HALF: !!g.dy.half, B_HALF: !!g.x.half, B_SIZED: false };
  const bind = [g.dy, g.x, ...(slices ? [slices] : [g.dweight, ...(g.dbias ? [g.dbias] : [])])];
  const share = (t: number) => Math.max(1, Math.ceil(t / splits));
  const fragments = [operands, gradientEpilogue];
  const constants = { ...flags, O4: o4, I4: i4, ...tileConstants(p.gpu, tile) };
  const forms = { A_TRANSPOSED: true, B_TRANSPOSED: false };
  p.add({
    kernel: tile.kind === 'subgroup'
      ? source('gemm_gradient_subgroup', [rotate, ...fragments, gradientSubgroup], { ...constants, ...turns(p.gpu, height / 4), ...stride(p.gpu) })
      : tile.kind === 'register' ? source('gemm_register', [...fragments, gemmRegister], { ...constants, ...forms }) : source('gemm_tile', [...fragments, gemmTile], { ...constants, ...forms }),
    bind,
    ...groupsAndParams(g.rows, t => [gx, gy, t ? splits : 0], t => ({ T: t, share: share(t), slice4, a_row: g.dyRow ?? 0, b_row: g.xRow ?? 0 })),
    work: productWork('weight gradient', g.rows, g.i, g.o),
  });
  if (slices) addSlices(p, slices, g.dweight, g.dbias, splits, { rows: g.rows, qkv: !!g.qkv });
}

/** Tokens taken at a time: two where registers are many for so small a tile, which measured 1.2 times as fast with four lanes. */
const stride = (gpu: Gpu): { STRIDE: number; STRIDED: boolean } => gpu.subgroupSize === 4 ? { STRIDE: 2, STRIDED: true } : { STRIDE: 1, STRIDED: false };

/** dweight, dbias += the sum of `count` slices that hold both one after the other. */
export function addSlices<L>(p: Program<L>, slices: Tensor, dweight: Tensor, dbias: Tensor | undefined, count: number, how: { rows?: Rows<L>; qkv?: boolean } = {}): void {
  const { rows } = how;
  const slice4 = quads(slices.words) / count;
  // Of many slices a GPU would wait for one after the other: a thread takes no more than some sixty.
  const PARTS = p.gpu.software || count < 16 ? 1 : count <= 512 ? 8 : 32;
  const groups = Math.ceil(slice4 / (64 / PARTS));
  p.add({
    kernel: source('gradient_sum', [gradientSum], { BIAS: !!dbias, QKV: !!how.qkv, PARTS, PARTED: PARTS > 1 }),
    bind: [slices, dweight, ...(dbias ? [dbias] : [])],
    params: { S: count, slice4, weight4: dbias ? quads(dweight.words) : slice4 },
    work: { bytes: 16 * slice4 * (count + 2) },
    groups: typeof rows === 'function' ? l => rows(l) ? groups : 0 : groups,
  });
}

export const source = (name: string, parts: readonly string[], constants: KernelSource['constants']): KernelSource =>
  ({ name, source: parts.join('\n'), constants });
