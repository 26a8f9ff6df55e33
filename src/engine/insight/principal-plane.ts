/** Rows seen along the two directions in which they differ most. */
import { largestEigen } from './eigen.ts';
import { countOf, type Rows } from './rows.ts';
import { facingUp, steady } from './steady.ts';

export interface Plane {
  /** (n, 2) */
  positions: Float32Array;
  directions: Float64Array[];
  /** The share of the variance that each direction explains. */
  explained: number[];
}

/**
 * Order and signs go on from the directions of a plane before. Throws RangeError where the rows hold numbers that
 * are not finite.
 */
export function principalPlane(rows: Rows, before: readonly Float64Array[] | null = null): Plane {
  const { values, width: c } = rows;
  const n = countOf(rows);
  const mean = new Float64Array(c);
  for (let i = 0; i < values.length; i++) mean[i % c]! += values[i]! / n;
  const covariance = new Float64Array(c * c);
  const centered = new Float64Array(c);
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < c; i++) centered[i] = values[r * c + i]! - mean[i]!;
    for (let i = 0; i < c; i++) {
      const x = centered[i]! / n;
      for (let j = 0; j <= i; j++) covariance[i * c + j]! += x * centered[j]!;
    }
  }
  let trace = 0;
  for (let i = 0; i < c; i++) {
    trace += covariance[i * c + i]!;
    for (let j = 0; j < i; j++) covariance[j * c + i] = covariance[i * c + j]!;
  }
  const found = largestEigen(covariance, c, 2, before ?? []);
  const kept = before ? steady(before, found.vectors) : found.vectors.map((v, from) => ({ from, sign: facingUp(v) }));
  const directions = kept.map(({ from, sign }) => found.vectors[from]!.map(x => sign * x));
  const positions = new Float32Array(2 * n);
  for (let r = 0; r < n; r++) directions.forEach((v, k) => {
    let s = 0;
    for (let i = 0; i < c; i++) s += v[i]! * (values[r * c + i]! - mean[i]!);
    positions[2 * r + k] = s;
  });
  return { positions, directions, explained: kept.map(({ from }) => trace > 0 ? Math.max(0, found.values[from]!) / trace : 0) };
}
