/** (sequences, 2, C) from normed tokens (sequences, T, C): the class token, and the mean of the patch tokens. */
export function tokenFeatures(tokens: ArrayLike<number>, sequences: number, T: number, C: number): Float64Array {
  const out = new Float64Array(sequences * 2 * C);
  for (let s = 0; s < sequences; s++) for (let t = 0; t < T; t++) for (let c = 0; c < C; c++) {
    const v = tokens[(s * T + t) * C + c]!;
    if (t === 0) out[s * 2 * C + c] = v;
    else out[s * 2 * C + C + c]! += v / (T - 1);
  }
  return out;
}
