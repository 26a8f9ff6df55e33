/** GELU in its exact form: gelu(x) = x Phi(x) with Phi(x) = (1 + erf(x / sqrt 2)) / 2 the normal distribution. */

type Numbers = ArrayLike<number>;

/** erf is 1 to the last bit of a float64 from here on. */
const SATURATED = 6;

/**
 * The error function to about 1e-15, from the series
 * erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 ... (2n+1)).
 * All its terms have one sign, so nothing cancels (unlike the plain Taylor series).
 */
export function erf(x: number): number {
  if (Math.abs(x) >= SATURATED) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

export function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x * Math.SQRT1_2));
}

/** Phi(x) + x phi(x), with phi the normal density. */
export function geluDerivative(x: number): number {
  return 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** x of any shape -> the same shape. */
export function geluForward(x: Numbers): Float64Array {
  return Float64Array.from(x, gelu);
}

/** dy and x of one shape -> dx. x is the input of the forward pass, not its output. */
export function geluBackward(dy: Numbers, x: Numbers): Float64Array {
  return Float64Array.from(x, (v, i) => dy[i]! * geluDerivative(v));
}
