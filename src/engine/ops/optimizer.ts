import adamwSource from '#shaders/adamw_ema.wgsl?raw';
import squareSumSource from '#shaders/gradient_square_sum.wgsl?raw';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Program, Tensor, Values } from '#engine/gpu/program.ts';
import { source } from './gemm.ts';
import { rowThreads } from './layernorm.ts';

/** What one step of the optimiser needs; field for field the parameters of adamw_ema.wgsl but the sizes. */
export interface OptimizerStep {
  /** Words that take a step; the rest is frozen. */
  active: number;
  lr: number; beta1: number; beta2: number; eps: number;
  decay: number; sparedDecay: number;
  /** Largest global norm, 0 for no limit. */
  clip: number;
  /** Teacher momentum. */
  ema: number;
  /** 1-based counts of the steps that the parameters and the last layer have taken, this one included. */
  step: number; lastStep: number;
}

/** Shares of the sum of squares, and how the quads are dealt out: a software adapter wants short code and few workgroups. */
const deal = (gpu: Gpu) => gpu.software
  ? { PARTS: 16, EACH: 1, ROUNDS: 128 }
  : { PARTS: 256, EACH: 2, ROUNDS: 2 };

/** Clipping, decay, AdamW and the teacher's EMA over flat buffers of `total` words, in two dispatches. */
export function optimizer<L>(p: Program<L>, o: {
  gradients: Tensor; student: Tensor; first: Tensor; second: Tensor; teacher: Tensor; numbers: Tensor;
  total: number; spared: number; last: number; step: (live: L) => OptimizerStep;
}): void {
  const d = deal(p.gpu);
  const parts = p.temp('square sums', d.PARTS);
  const { WG, reduce } = rowThreads(p.gpu, 1024);
  p.add({
    kernel: source('gradient_square_sum', [reduce, squareSumSource], { PARTS: d.PARTS, EACH: 4, WG }),
    bind: [o.gradients, parts],
    params: l => ({ active4: o.step(l).active / 4 }),
    groups: d.PARTS,
  });
  p.add({
    kernel: source('adamw_ema', [reduce, adamwSource], { ...d, WG }),
    bind: [o.gradients, parts, o.student, o.first, o.second, o.teacher, o.numbers],
    params: l => values(o.step(l), o),
    groups: Math.ceil(o.total / 4 / (WG * d.EACH * d.ROUNDS)),
    work: { bytes: 4 * 9 * o.total }, // five read, four of them written
  });
}

function values(s: OptimizerStep, o: { total: number; spared: number; last: number }): Values {
  const corrections = (t: number) => [1 - s.beta1 ** Math.max(1, t), Math.sqrt(1 - s.beta2 ** Math.max(1, t))] as const;
  const [correction1, correction2] = corrections(s.step);
  const [lastCorrection1, lastCorrection2] = corrections(s.lastStep);
  return {
    total4: o.total / 4, active4: s.active / 4, spared4: o.spared / 4, last4: o.last / 4,
    lr: s.lr, beta1: s.beta1, beta2: s.beta2, eps: s.eps, clip: s.clip, ema: s.ema,
    rest1: 1 - s.beta1, rest2: 1 - s.beta2, ema_rest: 1 - s.ema, keep: 1 - s.lr * s.decay, spared_keep: 1 - s.lr * s.sparedDecay,
    correction1, correction2, last_correction1: lastCorrection1, last_correction2: lastCorrection2,
  };
}
