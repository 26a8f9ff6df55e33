/**
 * Exponential moving average without the pull of its zero start (Adam's correction):
 * s = w s + (1 - w) v, divided by 1 - w^n. What is not finite is a gap and leaves the average as it was.
 */
export function smooth(values: ArrayLike<number>, weight: number): (number | null)[] {
  const out = new Array<number | null>(values.length);
  let sum = 0;
  let norm = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) {
      out[i] = null;
      continue;
    }
    sum = weight * sum + (1 - weight) * v;
    norm = weight * norm + (1 - weight);
    out[i] = sum / norm;
  }
  return out;
}

/** The values themselves, with gaps where they are not finite. */
export function gaps(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, v => (Number.isFinite(v) ? v : null));
}
