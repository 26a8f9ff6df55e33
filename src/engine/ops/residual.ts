import sequencesSource from '#shaders/shared/sequences.wgsl?raw';
import backward from '#shaders/residual_backward.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { addSlices, source } from './gemm.ts';
import { quadsEach, slicesFor } from './layernorm.ts';
import { rowsOf, type Sequences, sequenceConstants } from './sequences.ts';

/**
 * Gradient of the branch of y = x + drop * gamma * branch (the forward is the epilogue of a product).
 * Returns dy itself where the branch is neither scaled nor dropped. dgamma is added to.
 */
export function residualBackward<L>(p: Program<L>, r: {
  dy: Tensor; c: number; sequences: Sequences; drop?: Tensor; scale?: { gamma: Tensor; branch: Tensor; dgamma: Tensor };
}): Tensor {
  if (!r.drop && !r.scale) return r.dy;
  const c4 = quads(r.c);
  const rows = rowsOf(r.sequences);
  const count = slicesFor(p.gpu, rows);
  const EACH = quadsEach(p.gpu, c4);
  // A GPU hides the way to memory behind several rows read at a time.
  const [WG, ROWS] = p.gpu.software ? [4, 1] : [64, 4];
  const dbranch = p.temp('dbranch', rows * c4 * 4);
  const slices = r.scale ? p.temp('gamma slices', count * c4 * 4) : undefined;
  p.add({
    kernel: source('residual_backward', [...(r.drop ? [sequencesSource] : []), backward],
      { DROP: !!r.drop, GAMMA: !!r.scale, C4: c4, EACH, WG, ROWS, S: count, ...(r.drop ? sequenceConstants(r.sequences) : {}) }),
    bind: [r.dy, r.drop, r.scale?.gamma, r.scale?.branch, dbranch, slices].filter(t => t !== undefined),
    params: { N: rows, share: Math.ceil(rows / count) },
    groups: Math.ceil(count * c4 / EACH / WG),
  });
  if (r.scale && slices) addSlices(p, slices, r.scale.dgamma, undefined, count);
  return dbranch;
}
