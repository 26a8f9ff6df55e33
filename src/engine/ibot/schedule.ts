/**
 * What changes from step to step. Fractions of the run become steps by rounding, so that the shape of a
 * run doesn't depend on its length. Formulas: lightly's schedulers, which iBOT's example uses.
 */
import type { Config, Pair } from '#contract/config.ts';

export interface Schedules {
  lr: number; weightDecay: number; momentum: number; teacherTemp: number;
  dinoWeight: number; ibotWeight: number; koleoWeight: number;
  /** The prototypes stay as they are in this step: neither moments nor decay. */
  freezeLastLayer: boolean;
  /** The step's number for AdamW's bias correction, from 1. */
  adamStep: number;
  /** The same for the last layer, counted from its first free step; 0 while frozen. */
  lastLayerStep: number;
}

/** Every scheduled value at `step` (0 .. steps-1; the end values hold after that). */
export function schedulesAt(config: Config, step: number): Schedules {
  const { steps } = config;
  const toSteps = (fraction: number) => Math.round(fraction * steps);
  const frozen = toSteps(config.freezeLastLayer);
  const weight = (full: number, [from, to]: Pair) => full * ramp(step, toSteps(from), toSteps(to));
  return {
    lr: learningRate(config, step, toSteps(config.lrWarmup)),
    weightDecay: cosine(step, steps, ...config.weightDecay),
    momentum: cosine(step, steps, ...config.momentum),
    teacherTemp: linearWarmup(step, toSteps(config.teacherTempWarmup), ...config.teacherTemp),
    dinoWeight: weight(config.dinoWeight, config.dinoRamp),
    ibotWeight: weight(config.ibotWeight, config.ibotRamp),
    koleoWeight: weight(config.koleoWeight, config.koleoRamp),
    freezeLastLayer: step < frozen,
    adamStep: step + 1,
    lastLayerStep: Math.max(0, step + 1 - frozen),
  };
}

/** From `start` at step 0 to `end` at the last step, `steps - 1`, along half a cosine. */
export function cosine(step: number, steps: number, start: number, end: number): number {
  if (steps <= 1 || step >= steps - 1) return end;
  return end - (end - start) * (Math.cos(Math.PI * step / (steps - 1)) + 1) / 2;
}

/** From `start` at step 0 to `end` at step `warmup`, in a straight line. */
export function linearWarmup(step: number, warmup: number, start: number, end: number): number {
  return step < warmup ? start + step / warmup * (end - start) : end;
}

function learningRate(config: Config, step: number, warmup: number): number {
  if (step < warmup) return config.lr * (step + 1) / warmup;
  if (config.lrSchedule === 'constant') return config.lr;
  return cosine(step - warmup, config.steps - warmup, config.lr, config.lrFinal);
}

/** 0 before `from`, 1 from `to` on. */
function ramp(step: number, from: number, to: number): number {
  if (step >= to) return 1;
  return step < from ? 0 : (step - from) / (to - from);
}
