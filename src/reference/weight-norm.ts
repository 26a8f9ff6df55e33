/** Weight normalisation by rows (torch.nn.utils.weight_norm, dim 0): W = g * v / ||v||. There is no eps. */

type Numbers = ArrayLike<number>;

/** v (K, D), g (K) -> W (K, D), norm (K) = ||v|| of each row. */
export function weightNormForward(v: Numbers, g: Numbers, K: number, D: number) {
  const W = new Float64Array(K * D);
  const norm = new Float64Array(K);
  for (let k = 0; k < K; k++) {
    let squares = 0;
    for (let d = 0; d < D; d++) squares += v[k * D + d]! ** 2;
    norm[k] = Math.sqrt(squares);
    for (let d = 0; d < D; d++) W[k * D + d] = g[k]! * v[k * D + d]! / norm[k]!;
  }
  return { W, norm };
}

/** dW and v (K, D), g and norm (K) -> dg (K) = dW . v / n, dv (K, D) = g / n * (dW - v (dW . v) / n^2). */
export function weightNormBackward(dW: Numbers, v: Numbers, g: Numbers, norm: Numbers, K: number, D: number) {
  const dg = new Float64Array(K);
  const dv = new Float64Array(K * D);
  for (let k = 0; k < K; k++) {
    const n = norm[k]!;
    let along = 0;
    for (let d = 0; d < D; d++) along += dW[k * D + d]! * v[k * D + d]!;
    dg[k] = along / n;
    for (let d = 0; d < D; d++) dv[k * D + d] = g[k]! / n * (dW[k * D + d]! - v[k * D + d]! * along / (n * n));
  }
  return { dg, dv };
}
