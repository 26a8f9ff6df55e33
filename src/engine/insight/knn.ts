/** Nearest neighbours by cosine, and what they vote for: weighted classification as DINO's and iBOT's eval_knn.py have it. */

/**
 * Percent of `queries` whose class the `k` most cosine-similar of `bank` vote for, each vote weighing
 * exp(similarity / temperature). bank (n, c), queries (m, c).
 */
export function knnAccuracy(bank: Float32Array, labels: ArrayLike<number>, queries: Float32Array, truth: ArrayLike<number>, c: number, k = 20, temperature = 0.07): number {
  const a = unitRows(bank, c);
  const b = unitRows(queries, c);
  const m = b.length / c;
  const classes = 1 + Math.max(...Array.from(labels), ...Array.from(truth));
  let right = 0;
  for (let q = 0; q < m; q++) {
    const votes = new Float64Array(classes);
    for (const { row, cosine } of nearestRows(a, c, b.subarray(q * c, (q + 1) * c), k)) votes[labels[row]!]! += Math.exp(cosine / temperature);
    if (votes.indexOf(Math.max(...votes)) === truth[q]) right++;
  }
  return 100 * right / m;
}

export interface Near { row: number; cosine: number }

/** Of the unit rows (n, c) the `k` most like one, the most alike first; of equals the earlier. */
export function nearestRows(rows: Float32Array, c: number, query: Float32Array, k: number): Near[] {
  const cosines = new Float32Array(rows.length / c);
  const whole = c - c % 4;
  for (let i = 0; i < cosines.length; i++) {
    const at = i * c;
    // Four sums at a time: each addition alone would wait for the one before.
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = 0; d < whole; d += 4) {
      s0 += rows[at + d]! * query[d]!;
      s1 += rows[at + d + 1]! * query[d + 1]!;
      s2 += rows[at + d + 2]! * query[d + 2]!;
      s3 += rows[at + d + 3]! * query[d + 3]!;
    }
    for (let d = whole; d < c; d++) s0 += rows[at + d]! * query[d]!;
    cosines[i] = s0 + s1 + (s2 + s3);
  }
  return largest(cosines, k).map(row => ({ row, cosine: cosines[row]! }));
}

/** The same rows with length 1; one of zeros stays so. */
export function unitRows(x: Float32Array, c: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let r = 0; r < x.length; r += c) {
    let s = 0;
    for (let d = 0; d < c; d++) s += x[r + d]! ** 2;
    const norm = Math.max(Math.sqrt(s), 1e-12);
    for (let d = 0; d < c; d++) out[r + d] = x[r + d]! / norm;
  }
  return out;
}

/** Indices of the k largest values; the earlier one where two are equal. */
function largest(values: Float32Array, k: number): number[] {
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
