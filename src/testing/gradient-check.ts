/**
 * Compares an analytic gradient with central differences in float64.
 *
 * Errors are measured against the largest entry of the gradient, not entry by entry: an entry that is
 * tiny beside its neighbours carries only rounding noise.
 */

export interface GradientCheckOptions {
  /** Half the distance of the two samples. 1e-5 balances rounding (1e-16 / eps) and curvature (eps^2). */
  eps?: number;
  /** Largest allowed error, relative to the largest entry of the gradient. */
  tolerance?: number;
  /** Named in the error. */
  label?: string;
}

/** Below this everywhere, a gradient shows nothing: the inputs are ill chosen. */
const VANISHES = 1e-7;

/** Central differences of a scalar function at x: (f(x + eps e_i) - f(x - eps e_i)) / (2 eps) for every i. */
export function numericalGradient(f: (x: Float64Array) => number, x: ArrayLike<number>, eps = 1e-5): Float64Array {
  const probe = Float64Array.from(x);
  return Float64Array.from(x, (at, i) => {
    probe[i] = at + eps;
    const above = f(probe);
    probe[i] = at - eps;
    const below = f(probe);
    probe[i] = at;
    return (above - below) / (2 * eps);
  });
}

/**
 * Throws when `gradient` differs from the central differences of `f` at `x`, and also when both
 * vanish, since then nothing was tested. Returns the largest relative error.
 */
export function checkGradient(
  f: (x: Float64Array) => number, x: ArrayLike<number>, gradient: ArrayLike<number>, options: GradientCheckOptions = {},
): number {
  const { eps = 1e-5, tolerance = 1e-6, label = 'gradient' } = options;
  if (gradient.length !== x.length) throw new Error(`${label}: has ${gradient.length} entries, the input has ${x.length}.`);
  const expected = numericalGradient(f, x, eps);
  let scale = 0;
  for (let i = 0; i < x.length; i++) scale = Math.max(scale, Math.abs(expected[i]!), Math.abs(gradient[i]!));
  if (!(scale > VANISHES)) throw new Error(`${label}: vanishes at this input (largest entry ${scale}), so there is nothing to compare. Choose another input.`);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    const error = Math.abs(gradient[i]! - expected[i]!) / scale;
    if (!(error <= worst)) { worst = error; at = i; }
  }
  if (!(worst <= tolerance)) {
    throw new Error(`${label}: entry ${at} is ${gradient[at]}, central differences give ${expected[at]} (error ${worst.toExponential(2)} of the largest entry, at most ${tolerance}).`);
  }
  return worst;
}
