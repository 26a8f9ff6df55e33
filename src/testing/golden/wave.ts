/**
 * Deterministic test data that Python makes in one line as well: entry i is sin(0.7 i + phase),
 * rounded to float32 so that a GPU starts from the very same numbers.
 */
export function wave(count: number, phase = 0, scale = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.fround(scale * Math.sin(0.7 * i + phase)));
}

/** Sum of a[i] * b[i]: with fixed b it turns any op into a scalar function whose gradient is the op's backward of b. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
