/** The vision transformer's blocks, forward and backward, over packed sequences of tokens. */
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { attentionBackward, attentionForward, attentionWidth } from '#engine/ops/attention.ts';
import { assembleTokens, resamplePositions } from '#engine/ops/embed.ts';
import { gemmGradient, gemmNN, gemmNT } from '#engine/ops/gemm.ts';
import { layernormBackward, layernormForward } from '#engine/ops/layernorm.ts';
import { residualBackward } from '#engine/ops/residual.ts';
import { countOf, rowsOf, type Sequences } from '#engine/ops/sequences.ts';
import { hiddenOf, type ModelShape } from './parameters.ts';

/** Finds a parameter (or its gradient) by name. */
export type Named = (name: string) => Tensor;
/** Factors of stochastic depth per sequence, for a block's attention (0) and MLP (1) branch; none for the teacher. */
export type DropPath = (block: number, branch: 0 | 1) => Tensor;

/** What a block's backward needs of its forward. */
export interface BlockTape {
  x: Tensor; norm1: Tensor; stats1: Tensor; qkv: Tensor; attended: Tensor; lse: Tensor; branch1: Tensor | undefined;
  middle: Tensor; norm2: Tensor; stats2: Tensor; pre: Tensor; hidden: Tensor; branch2: Tensor | undefined;
}

/**
 * Patch rows (3 P P padded) -> tokens with positions: class token first, masked patches replaced where there is a
 * mask, positions resampled for local sequences.
 */
export function embedForward<L>(p: Program<L>, c: ModelShape, w: Named, e: {
  sequences: Sequences; patches: Tensor; mask?: Tensor; local?: { resample: Tensor; g: number; l: number };
}): Tensor {
  const { sequences: seq } = e;
  const C = padded(c.embedDim);
  const rows = rowsOf(seq) - countOf(seq);
  const embedded = p.temp('embedded patches', rows * C);
  gemmNT(p, { a: e.patches, b: w('backbone/patch_embed.proj.weight'), bias: w('backbone/patch_embed.proj.bias'), out: embedded, rows, n: C, k: padded(3 * c.patchSize ** 2) });
  const positions = w('backbone/pos_embed');
  let localPositions: Tensor | undefined;
  if (e.local) {
    localPositions = p.temp('local positions', seq.localTokens * C);
    resamplePositions(p, { positions, ...e.local, local: localPositions, c: c.embedDim });
  }
  const tokens = p.temp('tokens', rowsOf(seq) * C);
  assembleTokens(p, {
    sequences: seq, c: c.embedDim, patches: embedded, cls: w('backbone/cls_token'), positions, tokens,
    ...(localPositions ? { localPositions } : {}), ...(e.mask ? { mask: { token: w('backbone/mask_token'), mask: e.mask } } : {}),
  });
  return tokens;
}

/**
 * x -> x + ls1 attn(norm1 x) -> + ls2 mlp(norm2 x), block by block. Returns the last tokens (before the final
 * norm) and a tape per block; `keep` where a backward will follow; `half` stores what only products read in 16 bits.
 */
export function blocksForward<L>(p: Program<L>, c: ModelShape, w: Named, tokens: Tensor, sequences: Sequences, how: { drop?: DropPath; keep: boolean; half?: boolean }): { tokens: Tensor; tapes: BlockTape[] } {
  const rows = rowsOf(sequences);
  const C = padded(c.embedDim);
  const F = padded(hiddenOf(c));
  const heads = { heads: c.numHeads, headDim: c.embedDim / c.numHeads };
  const width = attentionWidth(heads);
  const scaled = c.layerScale !== null;
  const tapes: BlockTape[] = [];
  let x = tokens;
  for (let i = 0; i < c.depth; i++) {
    const name = (n: string) => w(`backbone/blocks.${i}.${n}`);
    const temp = (n: string, columns: number, half = false) => p.temp(`block ${i} ${n}`, rows * columns, half);
    const branchTape = (n: string) => scaled && how.keep ? temp(n, C) : undefined;
    const t: BlockTape = {
      x, norm1: temp('norm1', C, how.half), stats1: temp('stats1', 2), qkv: temp('qkv', 3 * width), attended: temp('attended', width, how.half),
      lse: temp('lse', c.numHeads), branch1: branchTape('branch1'), middle: temp('middle', C), norm2: temp('norm2', C, how.half),
      stats2: temp('stats2', 2), pre: temp('pre', F), hidden: temp('hidden', F, how.half), branch2: branchTape('branch2'),
    };
    const out = temp('out', C);
    const residual = (from: Tensor, branch: 0 | 1, ls: string, tape: Tensor | undefined) => ({
      x: from, sequences,
      ...(scaled ? { gamma: name(`${ls}.gamma`) } : {}), ...(tape ? { branch: tape } : {}), ...(how.drop ? { drop: how.drop(i, branch) } : {}),
    });
    layernormForward(p, { x, weight: name('norm1.weight'), bias: name('norm1.bias'), y: t.norm1, stats: t.stats1, rows, c: c.embedDim });
    gemmNT(p, { a: t.norm1, b: name('attn.qkv.weight'), bias: name('attn.qkv.bias'), out: t.qkv, rows, n: 3 * width, k: C });
    attentionForward(p, { ...heads, sequences, qkv: t.qkv, out: t.attended, lse: t.lse });
    gemmNT(p, { a: t.attended, b: name('attn.proj.weight'), bias: name('attn.proj.bias'), out: t.middle, rows, n: C, k: width, residual: residual(x, 0, 'ls1', t.branch1) });
    layernormForward(p, { x: t.middle, weight: name('norm2.weight'), bias: name('norm2.bias'), y: t.norm2, stats: t.stats2, rows, c: c.embedDim });
    gemmNT(p, { a: t.norm2, b: name('mlp.fc1.weight'), bias: name('mlp.fc1.bias'), out: t.hidden, rows, n: F, k: C, gelu: { pre: t.pre } });
    gemmNT(p, { a: t.hidden, b: name('mlp.fc2.weight'), bias: name('mlp.fc2.bias'), out, rows, n: C, k: F, residual: residual(t.middle, 1, 'ls2', t.branch2) });
    tapes.push(t);
    x = out;
  }
  return { tokens: x, tapes };
}

/** Gradient of the last tokens -> gradient of the first; parameter gradients are added to. */
export function blocksBackward<L>(p: Program<L>, c: ModelShape, w: Named, dw: Named, dtokens: Tensor, tapes: readonly BlockTape[], sequences: Sequences, drop?: DropPath): Tensor {
  const rows = rowsOf(sequences);
  const C = padded(c.embedDim);
  const F = padded(hiddenOf(c));
  const heads = { heads: c.numHeads, headDim: c.embedDim / c.numHeads };
  const width = attentionWidth(heads);
  let dx = dtokens;
  for (let i = tapes.length - 1; i >= 0; i--) {
    const t = tapes[i]!;
    const name = (n: string) => w(`backbone/blocks.${i}.${n}`);
    const grad = (n: string) => dw(`backbone/blocks.${i}.${n}`);
    const temp = (n: string, columns: number) => p.temp(`block ${i} ${n}`, rows * columns);
    const branchGradient = (dy: Tensor, branch: 0 | 1, ls: string, tape: Tensor | undefined) => residualBackward(p, {
      dy, c: c.embedDim, sequences, ...(drop ? { drop: drop(i, branch) } : {}),
      ...(tape ? { scale: { gamma: name(`${ls}.gamma`), branch: tape, dgamma: grad(`${ls}.gamma`) } } : {}),
    });
    // MLP branch
    const dmlp = branchGradient(dx, 1, 'ls2', t.branch2);
    const dpre = temp('dpre', F);
    const dnorm2 = temp('dnorm2', C);
    const dmiddle = temp('dmiddle', C);
    gemmGradient(p, { dy: dmlp, x: t.hidden, dweight: grad('mlp.fc2.weight'), dbias: grad('mlp.fc2.bias'), rows, o: C, i: F });
    gemmNN(p, { a: dmlp, b: name('mlp.fc2.weight'), out: dpre, rows, n: F, k: C, geluBackward: { pre: t.pre } });
    gemmGradient(p, { dy: dpre, x: t.norm2, dweight: grad('mlp.fc1.weight'), dbias: grad('mlp.fc1.bias'), rows, o: F, i: C });
    gemmNN(p, { a: dpre, b: name('mlp.fc1.weight'), out: dnorm2, rows, n: C, k: F });
    layernormBackward(p, {
      dy: dnorm2, x: t.middle, weight: name('norm2.weight'), stats: t.stats2, past: dx, dx: dmiddle,
      dweight: grad('norm2.weight'), dbias: grad('norm2.bias'), rows, c: c.embedDim,
    });
    // Attention branch
    const dattn = branchGradient(dmiddle, 0, 'ls1', t.branch1);
    const dattended = temp('dattended', width);
    const dqkv = temp('dqkv', 3 * width);
    const dnorm1 = temp('dnorm1', C);
    const din = temp('din', C);
    gemmGradient(p, { dy: dattn, x: t.attended, dweight: grad('attn.proj.weight'), dbias: grad('attn.proj.bias'), rows, o: C, i: width });
    gemmNN(p, { a: dattn, b: name('attn.proj.weight'), out: dattended, rows, n: width, k: C });
    attentionBackward(p, { ...heads, sequences, dout: dattended, qkv: t.qkv, out: t.attended, lse: t.lse, dqkv });
    gemmGradient(p, { dy: dqkv, x: t.norm1, dweight: grad('attn.qkv.weight'), dbias: grad('attn.qkv.bias'), rows, o: 3 * width, i: C, qkv: true });
    gemmNN(p, { a: dqkv, b: name('attn.qkv.weight'), out: dnorm1, rows, n: C, k: 3 * width });
    layernormBackward(p, {
      dy: dnorm1, x: t.x, weight: name('norm1.weight'), stats: t.stats1, past: dmiddle, dx: din,
      dweight: grad('norm1.weight'), dbias: grad('norm1.bias'), rows, c: c.embedDim,
    });
    dx = din;
  }
  return dx;
}
