/** Weighted k-nearest-neighbour classification as DINO's and iBOT's eval_knn.py have it. */

/**
 * Percent of `queries` whose class the `k` most cosine-similar of `bank` vote for, each vote weighing
 * exp(similarity / temperature). bank (n, c), queries (m, c).
 */
export function knnAccuracy(bank: Float32Array, labels: ArrayLike<number>, queries: Float32Array, truth: ArrayLike<number>, c: number, k = 20, temperature = 0.07): number {
  const a = unitRows(bank, c);
  const b = unitRows(queries, c);
  const n = a.length / c;
  const m = b.length / c;
  const classes = 1 + Math.max(...Array.from(labels), ...Array.from(truth));
  const near = Math.min(k, n);
  let right = 0;
  const similarity = new Float32Array(n);
  for (let q = 0; q < m; q++) {
    for (let i = 0; i < n; i++) {
      let s = 0;
      for (let d = 0; d < c; d++) s += a[i * c + d]! * b[q * c + d]!;
      similarity[i] = s;
    }
    const votes = new Float64Array(classes);
    for (const i of largest(similarity, near)) votes[labels[i]!]! += Math.exp(similarity[i]! / temperature);
    if (votes.indexOf(Math.max(...votes)) === truth[q]) right++;
  }
  return 100 * right / m;
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

/** Indices of the k largest values, the largest first; the earlier one where two are equal. */
export function largest(values: Float32Array, k: number): number[] {
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
