import type { StepReport } from '#contract/trainer.ts';

/** A report of one step, with different numbers in each field but for those given. */
export function exampleReport(step: number, given: Partial<StepReport> = {}): StepReport {
  return {
    step, loss: step / 2, dino: 1, ibot: 2, koleo: 0, teacherEntropy: 3, kl: 1.5, meanEntropy: 3.5, prototypesUsed: 20, agreement: 0.5, featureSpread: 0.75,
    gradNorm: 4, lr: 5, weightDecay: 6, momentum: 7, teacherTemp: 8, imagesPerSecond: 9, elapsed: step * 10, stepMs: 10, waitMs: 11, encodeMs: 12, ...given,
  };
}
