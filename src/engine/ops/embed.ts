/** From embedded patches to tokens with positions, and back. */
import sequencesSource from '#shaders/shared/sequences.wgsl?raw';
import embedTokens from '#shaders/embed_tokens.wgsl?raw';
import embedPatchesBackward from '#shaders/embed_patches_backward.wgsl?raw';
import embedSumsBackward from '#shaders/embed_sums_backward.wgsl?raw';
import embedParametersBackward from '#shaders/embed_parameters_backward.wgsl?raw';
import resamplePositionsSource from '#shaders/resample_positions.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';
import { countOf, rowsOf, type Sequences, sequenceConstants } from './sequences.ts';

/**
 * Matrix (outSize, inSize) of bicubic resampling of one axis: A = -0.75, half-pixel centers, taps clamped to
 * the border, no antialiasing (torch.nn.functional.interpolate, as timm's resample_abs_pos_embed calls it).
 * Tap positions are computed in float32 as there.
 */
export function bicubicMatrix(inSize: number, outSize: number): Float32Array {
  const m = new Float32Array(outSize * inSize);
  const f = Math.fround;
  const A = -0.75;
  const near = (x: number) => ((A + 2) * x - (A + 3)) * x * x + 1;
  const far = (x: number) => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  const scale = f(inSize / outSize);
  for (let o = 0; o < outSize; o++) {
    const c = f(f(scale * (o + 0.5)) - 0.5);
    const floor = Math.floor(c);
    const t = f(c - floor);
    [far(t + 1), near(t), near(1 - t), far(2 - t)].forEach((w, k) => {
      const tap = Math.min(inSize - 1, Math.max(0, floor - 1 + k));
      m[o * inSize + tap]! += w;
    });
  }
  return m;
}

/** (1 + g*g, c) -> (1 + l*l, c). */
export function resamplePositions<L>(p: Program<L>, r: { positions: Tensor; resample: Tensor; local: Tensor; g: number; l: number; c: number }): void {
  p.add({
    kernel: source('resample_positions', [resamplePositionsSource], { G: r.g, L: r.l, C4: quads(r.c) }),
    bind: [r.positions, r.resample, r.local],
    groups: Math.ceil((1 + r.l * r.l) * quads(r.c) / 64),
  });
}

/** patches (packed, without class rows) -> tokens (rows, c). */
export function assembleTokens<L>(p: Program<L>, e: {
  sequences: Sequences; c: number; patches: Tensor; cls: Tensor; positions: Tensor; localPositions?: Tensor;
  mask?: { token: Tensor; mask: Tensor }; tokens: Tensor;
}): void {
  const rows = rowsOf(e.sequences);
  p.add({
    kernel: source('embed_tokens', [sequencesSource, embedTokens],
      { ...sequenceConstants(e.sequences), C4: quads(e.c), LOCAL: !!e.localPositions, MASK: !!e.mask }),
    bind: [e.patches, e.cls, e.positions, e.localPositions, e.mask?.token, e.mask?.mask, e.tokens].filter(t => t !== undefined),
    params: { rows },
    groups: Math.ceil(rows * quads(e.c) / 64),
  });
}

/** dtokens -> dpatches (=), and the gradients of class token, mask token and positions (+=). */
export function assembleTokensBackward<L>(p: Program<L>, e: {
  sequences: Sequences; c: number; dtokens: Tensor; mask: Tensor; dpatches: Tensor;
  dcls: Tensor; dmask: Tensor; dpositions: Tensor; local?: { resample: Tensor; g: number; l: number };
}): void {
  const s = sequenceConstants(e.sequences);
  const c4 = quads(e.c);
  const patches = rowsOf(e.sequences) - countOf(e.sequences);
  const lines = 2 * e.sequences.globalTokens + s['SEQ_TL']!;
  const sums = p.temp('token sums', lines * c4 * 4);
  p.add({
    kernel: source('embed_patches_backward', [sequencesSource, embedPatchesBackward], { ...s, C4: c4 }),
    bind: [e.dtokens, e.mask, e.dpatches], params: { patches }, groups: Math.ceil(patches * c4 / 64),
  });
  p.add({
    kernel: source('embed_sums_backward', [sequencesSource, embedSumsBackward], { ...s, C4: c4 }),
    bind: [e.dtokens, e.mask, sums], groups: Math.ceil(lines * c4 / 64),
  });
  p.add({
    kernel: source('embed_parameters_backward', [sequencesSource, embedParametersBackward],
      { ...s, C4: c4, LOCAL: !!e.local, ...(e.local ? { G: e.local.g, L: e.local.l } : {}) }),
    bind: [sums, ...(e.local ? [e.local.resample] : []), e.dcls, e.dmask, e.dpositions],
    groups: Math.ceil((e.sequences.globalTokens + 1) * c4 / 64),
  });
}
