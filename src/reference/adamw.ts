/**
 * One optimiser step over all parameters laid end to end: clip, AdamW (torch.optim.AdamW), then the teacher's
 * moving average of the new weights.
 *   scale = min(1, clip / (||grad|| + 1e-6)),  g = grad * scale
 *   w *= 1 - lr * decay;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2
 *   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps)
 *   teacher = momentum * teacher + (1 - momentum) * w
 */

type Numbers = ArrayLike<number>;

export interface AdamState { weights: Numbers; m: Numbers; v: Numbers; teacher: Numbers }

/** A run of parameters treated alike. */
export interface Segment {
  start: number; length: number;
  weightDecay: number;
  /** How many updates these parameters will have had after this one (t, from 1); 0 = frozen: no decay, no moments, not in the norm. */
  t: number;
}

export interface AdamOptions {
  lr: number; beta1: number; beta2: number; eps: number;
  /** Largest global norm of the gradient, 0 for none. */
  clip: number;
  /** Of the teacher. It follows frozen parameters too. */
  momentum: number;
}

/**
 * Returns the new state (a copy) with the norm of the gradient before clipping. A norm that isn't finite changes nothing
 * at all, the teacher included: `applied` is false then. Parameters in no segment count as frozen.
 */
export function adamwUpdate(state: AdamState, grad: Numbers, segments: readonly Segment[], options: AdamOptions) {
  const { lr, beta1, beta2, eps, clip, momentum } = options;
  const weights = Float64Array.from(state.weights);
  const m = Float64Array.from(state.m);
  const v = Float64Array.from(state.v);
  const teacher = Float64Array.from(state.teacher);
  let squares = 0;
  for (const { start, length, t } of segments) {
    if (t > 0) for (let i = start; i < start + length; i++) squares += grad[i]! ** 2;
  }
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) return { weights, m, v, teacher, norm, applied: false };
  const scale = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
  for (const { start, length, weightDecay, t } of segments) {
    if (t === 0) continue;
    const correction1 = 1 - beta1 ** t;
    const correction2 = Math.sqrt(1 - beta2 ** t);
    for (let i = start; i < start + length; i++) {
      const g = grad[i]! * scale;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      weights[i] = weights[i]! * (1 - lr * weightDecay) - lr / correction1 * m[i]! / (Math.sqrt(v[i]!) / correction2 + eps);
    }
  }
  for (let i = 0; i < weights.length; i++) teacher[i] = momentum * teacher[i]! + (1 - momentum) * weights[i]!;
  return { weights, m, v, teacher, norm, applied: true };
}
