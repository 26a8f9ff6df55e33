/**
 * A linear probe: multinomial logistic regression on frozen features, all rows at once. It minimises the sum of the cross
 * entropies + |w|^2 / 2, the objective that scikit-learn's LogisticRegression has by default, by L-BFGS.
 */
import { inPiece, type Pieces } from './pieces.ts';
import { countOf, dots, type Rows } from './rows.ts';

const MOST_TURNS = 100;
/** Past steps that the curvature is guessed from. */
const MEMORY = 10;
/** A gradient whose largest entry, per row of features, is below this is taken for none. */
const SETTLED = 1e-4;
/** The share of the slope's promise that a step must keep (Armijo). */
const KEPT = 1e-4;

export interface Probe {
  /** (classes, width) and (classes). */
  weights: Float64Array; bias: Float64Array;
}

/** Columns moved and scaled so that those of the bank have mean 0 and deviation 1; constant ones become 0. */
export function standardised(bank: Rows, queries: Rows): [Rows, Rows] {
  const { width } = bank;
  const n = countOf(bank);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  bank.values.forEach((v, i) => { mean[i % width]! += v / n; });
  bank.values.forEach((v, i) => { square[i % width]! += (v - mean[i % width]!) ** 2 / n; });
  const scale = square.map((s, d) => s > 1e-12 * mean[d]! ** 2 && s > 0 ? 1 / Math.sqrt(s) : 0);
  const apply = ({ values }: Rows): Rows => ({ width, values: values.map((v, i) => (v - mean[i % width]!) * scale[i % width]!) });
  return [apply(bank), apply(queries)];
}

export function* fitProbe(rows: Rows, labels: ArrayLike<number>, classes: number): Pieces<Probe> {
  const { width } = rows;
  const objective = (x: Float64Array) => crossEntropy(rows, labels, classes, x);
  let x = new Float64Array(classes * (width + 1));
  let { value, gradient } = yield* objective(x);
  const steps: { dx: Float64Array; dg: Float64Array }[] = [];
  for (let turn = 0; turn < MOST_TURNS && largest(gradient) > SETTLED * countOf(rows); turn++) {
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let [step, tried, found] = [turn === 0 ? 1 / Math.sqrt(dot(gradient, gradient)) : 1, x, { value, gradient }];
    for (;;) {
      tried = x.map((v, i) => v + step * direction[i]!);
      found = yield* objective(tried);
      if (found.value <= value + KEPT * step * slope || step < 1e-12) break;
      step /= 2;
    }
    if (found.value >= value) break; // single digits are left: no step gets lower
    steps.push({ dx: tried.map((v, i) => v - x[i]!), dg: found.gradient.map((g, i) => g - gradient[i]!) });
    if (steps.length > MEMORY) steps.shift();
    x = tried;
    ({ value, gradient } = found);
  }
  return { weights: x.subarray(0, classes * width), bias: x.subarray(classes * width) };
}

export function* classify({ weights, bias }: Probe, rows: Rows): Pieces<Int32Array> {
  const linear: Rows = { values: Float32Array.from(weights), width: rows.width };
  const scores = new Float64Array(bias.length);
  const out = new Int32Array(countOf(rows));
  const most = inPiece(weights.length);
  for (let i = 0; i < out.length; i++) {
    dots(linear, rows.values, i * rows.width, scores);
    for (let c = 0; c < scores.length; c++) scores[c]! += bias[c]!;
    out[i] = scores.indexOf(Math.max(...scores));
    if (i % most === 0) yield;
  }
  return out;
}

/** At x = (weights, bias): the objective and its gradient. */
function* crossEntropy(rows: Rows, labels: ArrayLike<number>, classes: number, x: Float64Array): Pieces<{ value: number; gradient: Float64Array }> {
  const { values, width } = rows;
  const n = countOf(rows);
  const biases = classes * width;
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i < biases; i++) {
    value += x[i]! ** 2 / 2;
    gradient[i] = x[i]!;
  }
  const p = new Float64Array(classes);
  const most = inPiece(2 * biases);
  for (let r = 0; r < n; r++) {
    const at = r * width;
    for (let c = 0; c < classes; c++) {
      let s = x[biases + c]!;
      for (let d = 0; d < width; d++) s += x[c * width + d]! * values[at + d]!;
      p[c] = s;
    }
    const top = Math.max(...p);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(p[c]! - top);
    value += top + Math.log(sum) - p[labels[r]!]!;
    for (let c = 0; c < classes; c++) {
      const d = Math.exp(p[c]! - top) / sum - (labels[r] === c ? 1 : 0);
      gradient[biases + c]! += d;
      for (let j = 0; j < width; j++) gradient[c * width + j]! += d * values[at + j]!;
    }
    if (r % most === 0) yield;
  }
  return { value, gradient };
}

/** Where to go: minus the gradient, bent by what the past steps say of the curvature (the two-loop recursion of L-BFGS). */
function descent(gradient: Float64Array, steps: readonly { dx: Float64Array; dg: Float64Array }[]): Float64Array {
  const d = gradient.map(g => -g);
  const add = (v: Float64Array, by: number) => { for (let i = 0; i < d.length; i++) d[i]! += by * v[i]!; };
  // The objective is strictly convex in the weights: dx . dg > 0 for every step that moved them.
  const known = steps.map(s => ({ ...s, rho: 1 / dot(s.dx, s.dg), alpha: 0 })).filter(s => Number.isFinite(s.rho) && s.rho > 0);
  for (const s of known.toReversed()) {
    s.alpha = s.rho * dot(s.dx, d);
    add(s.dg, -s.alpha);
  }
  const newest = known.at(-1);
  if (newest) {
    const scale = dot(newest.dx, newest.dg) / dot(newest.dg, newest.dg);
    for (let i = 0; i < d.length; i++) d[i]! *= scale;
  }
  for (const s of known) add(s.dx, s.alpha - s.rho * dot(s.dg, d));
  return d;
}

function dot(a: Float64Array, b: Float64Array): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
}

const largest = (v: Float64Array): number => v.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
