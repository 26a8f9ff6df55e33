/** Of long curves every `stride` values share a point: the place and the smoothed value are those of the last of them. */
export const pointsOf = (length: number, stride: number): number => Math.ceil(length / stride);
/** The row of a point. */
export const rowOf = (point: number, length: number, stride: number): number => Math.min(length, (point + 1) * stride) - 1;

/**
 * Exponential moving average without the pull of its zero start (Adam's correction):
 * s = w s + (1 - w) v, divided by 1 - w^n. What is not finite is a gap and leaves the average as it was.
 */
export function smooth(values: ArrayLike<number>, weight: number, stride = 1): (number | null)[] {
  const { length } = values;
  const out = new Array<number | null>(pointsOf(length, stride));
  let sum = 0;
  let norm = 0;
  for (let i = 0; i < length; i++) {
    const v = values[i]!;
    const finite = Number.isFinite(v);
    if (finite) {
      sum = weight * sum + (1 - weight) * v;
      norm = weight * norm + (1 - weight);
    }
    if ((i + 1) % stride === 0 || i === length - 1) out[Math.floor(i / stride)] = finite ? sum / norm : null;
  }
  return out;
}

/**
 * The values themselves, with gaps where they are not finite. Of several that share a point the one farthest from their mean
 * is drawn, so that no peak is lost.
 */
export function gaps(values: ArrayLike<number>, stride = 1): (number | null)[] {
  if (stride === 1) return Array.from(values, v => (Number.isFinite(v) ? v : null));
  return Array.from({ length: pointsOf(values.length, stride) }, (_, point) => {
    const shared = Array.from({ length: stride }, (_v, i) => values[point * stride + i]).filter(v => v !== undefined && Number.isFinite(v)) as number[];
    const mean = shared.reduce((sum, v) => sum + v, 0) / shared.length;
    return shared.reduce<number | null>((far, v) => (far === null || Math.abs(v - mean) > Math.abs(far - mean) ? v : far), null);
  });
}
