/** The floor under a step's time, and shares of what the device can do at best. */
import { type Config, PRESETS } from '#contract/config.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { gridOf, parameterLayout } from '#engine/model/parameters.ts';
import type { Measured, StepRecord } from './records.ts';
import type { Peak } from '#engine/measure/peak.ts';

/** Products and attention at the rate of the best product, element-wise bytes at that of the best copy. */
export function stepFloor(flops: number, bytes: number, productFlops: number, bandwidth: number): StepRecord['floor'] {
  return { productMs: flops / productFlops * 1000, elementwiseMs: bytes / bandwidth * 1000, bytes };
}

export interface PresetFloor { title: string; batch: number; flops: number; bytes: number; atPeakMs: number; atProductMs: number; movingMs: number }

/** The floor of a step of each preset, with as many masked patches as there are on the average. */
export function presetFloors(peak: Peak, productFlops: number): PresetFloor[] {
  return PRESETS.map(({ title, config: c }) => {
    const masked = Math.round(2 * c.batchSize * gridOf(c) ** 2 * c.maskedImages * (c.maskRatio[0] + c.maskRatio[1]) / 2);
    const flops = estimateCost(c).flopsPerStep;
    const bytes = elementwiseBytes(c, masked);
    return { title, batch: c.batchSize, flops, bytes, atPeakMs: flops / peak.flops * 1000, atProductMs: flops / productFlops * 1000, movingMs: bytes / peak.bandwidth * 1000 };
  });
}

/** The same records with their shares and floors by another peak. */
export function withPeak(m: Measured, peak: Peak): Measured {
  const best = m.gemm && Math.max(...m.gemm.map(g => g.flops));
  return {
    ...m, peak,
    ...(m.gemm ? { gemm: m.gemm.map(g => ({ ...g, share: g.flops / peak.flops })) } : {}),
    ...(m.attention ? { attention: m.attention.map(a => ({ ...a, share: a.flops / peak.flops })) } : {}),
    ...(m.elementwise ? { elementwise: m.elementwise.map(e => ({ ...e, share: e.bandwidth / peak.bandwidth })) } : {}),
    ...(m.steps && best ? {
      steps: m.steps.map(s => {
        const floor = stepFloor(s.flops, s.floor.bytes, best, peak.bandwidth);
        return { ...s, floor, ratio: s.ms / (floor.productMs + floor.elementwiseMs) };
      }),
    } : {}),
  };
}

/**
 * Bytes that the element-wise parts of a step must move. Each tensor counts once for every kernel that has to read or
 * write it if products fuse what can follow them (bias, GELU, residual) and nothing else is fused:
 * per token and block, a LayerNorm reads and writes (twice per network); its backward reads dy, x and the gradient that
 * passes by and writes dx (twice, student); a scaled residual's backward reads dy and the branch and writes (twice, student);
 * tokens are put together from patches (both networks) and taken apart (student);
 * head rows are gathered, normed, L2-normalised, and back; logits are read for centers, read and written for the softmax,
 * read for targets, read and written for the cross-entropy; parameters as in AdamW with the teacher's average (10 words
 * each), and cleared once. `masked` is the number of masked patches.
 */
export function elementwiseBytes(c: Config, masked: number): number {
  const grid = gridOf(c) ** 2;
  const local = c.localViews ? (c.localSize / c.patchSize) ** 2 : 0;
  const [C, Z, K] = [padded(c.embedDim), padded(c.headBottleneck), padded(c.prototypes)];
  const teacherTokens = 2 * c.batchSize * (1 + grid);
  const tokens = teacherTokens + c.batchSize * c.localViews * (1 + local);
  const [teacherRows, rows] = [2 * c.batchSize + masked, (2 + c.localViews) * c.batchSize + masked];
  const blocks = c.depth * C * (4 * teacherTokens + (4 + 8 + (c.layerScale === null ? 0 : 6)) * tokens);
  const embedding = C * (2 * teacherTokens + 4 * tokens);
  // Gather and norm: two reads, two writes; back: norm reads two and writes one, scatter reads rows and writes tokens.
  const head = C * (4 * teacherRows + 4 * rows + 4 * rows + tokens) + Z * (2 * teacherRows + 5 * rows);
  const logits = K * (4 * teacherRows + 2 * rows);
  const prototypes = K * Z * (4 + 4);
  const parameters = 11 * parameterLayout(c).total;
  return 4 * (blocks + embedding + head + logits + prototypes + parameters);
}
