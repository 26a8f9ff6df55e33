/** Weighted k-nearest-neighbour classification as DINO's and iBOT's eval_knn.py have it. */
import { atOnce, inPiece, type Pieces } from './pieces.ts';
import { countOf, dots, halfSquares, type Rows, unitRows } from './rows.ts';

export const NEIGHBOURS = 20;
const TEMPERATURE = 0.07;

/** What near means: by the angle, each vote weighing exp(cosine / 0.07); or by the distance, each vote weighing the same. */
export type Nearness = 'angle' | 'distance';

/** For each row of `queries` the label that its `k` nearest rows of `bank` vote for; of equals the smaller. */
export function* vote(bank: Rows, labels: ArrayLike<number>, queries: Rows, nearness: Nearness, k = NEIGHBOURS, temperature = TEMPERATURE): Pieces<Int32Array> {
  const angle = nearness === 'angle';
  const [a, b] = angle ? [unitRows(bank), unitRows(queries)] : [bank, queries];
  const [n, m] = [countOf(a), countOf(b)];
  // |x - y|^2 = |x|^2 - 2 (x . y - |y|^2 / 2): for one x, near is where the bracket is large.
  const less = angle ? null : halfSquares(a);
  let classes = 1;
  for (let i = 0; i < n; i++) classes = Math.max(classes, labels[i]! + 1);
  const out = new Int32Array(m);
  const near = new Float64Array(n);
  const votes = new Float64Array(classes);
  const most = inPiece(n * a.width);
  for (let q = 0; q < m; q++) {
    dots(a, b.values, q * b.width, near);
    if (less) for (let i = 0; i < n; i++) near[i]! -= less[i]!;
    votes.fill(0);
    for (const i of largest(near, Math.min(k, n))) votes[labels[i]!]! += angle ? Math.exp(near[i]! / temperature) : 1;
    out[q] = votes.indexOf(Math.max(...votes));
    if (q % most === 0) yield;
  }
  return out;
}

/** Percent of the guesses that are right. */
export function accuracy(guesses: ArrayLike<number>, truth: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (guesses[i] === truth[i]) right++;
  return 100 * right / truth.length;
}

/** The same label by label, then their mean: every label that occurs counts alike, however often. */
export function balancedAccuracy(guesses: ArrayLike<number>, truth: ArrayLike<number>): number {
  const all = new Map<number, { right: number; count: number }>();
  for (let i = 0; i < truth.length; i++) {
    const of = all.get(truth[i]!) ?? { right: 0, count: 0 };
    all.set(truth[i]!, of);
    of.count++;
    if (guesses[i] === truth[i]) of.right++;
  }
  let sum = 0;
  for (const { right, count } of all.values()) sum += right / count;
  return 100 * sum / all.size;
}

/** Percent of `queries` that are named rightly by the angle. bank (n, c), queries (m, c). */
export function knnAccuracy(bank: Float32Array, labels: ArrayLike<number>, queries: Float32Array, truth: ArrayLike<number>, c: number, k = NEIGHBOURS, temperature = TEMPERATURE): number {
  return accuracy(atOnce(vote({ values: bank, width: c }, labels, { values: queries, width: c }, 'angle', k, temperature)), truth);
}

/** Indices of the k largest values; the earlier one where two are equal. */
function largest(values: Float64Array, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === k && values[i]! <= values[best[k - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && values[best[at - 1]!]! < values[i]!) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
