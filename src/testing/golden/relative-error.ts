/**
 * Largest difference of two arrays over the largest entry of the expected one; NaN or a wrong length gives Infinity,
 * so that `toBeLessThan` fails on them.
 */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (!Number.isFinite(difference)) return Infinity;
    worst = Math.max(worst, difference);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst === 0 ? 0 : worst / scale;
}
