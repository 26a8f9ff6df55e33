/**
 * LayerNorm over the last axis, biased variance (torch.nn.functional.layer_norm).
 * y = xhat * weight + bias,  xhat = (x - mean) * rstd,  rstd = 1 / sqrt(var + eps).
 */

type Numbers = ArrayLike<number>;

/** x (N, C), weight (C), bias (C) -> y (N, C), mean (N), rstd (N). */
export function layernormForward(x: Numbers, weight: Numbers, bias: Numbers, N: number, C: number, eps = 1e-6) {
  const y = new Float64Array(N * C);
  const mean = new Float64Array(N);
  const rstd = new Float64Array(N);
  for (let n = 0; n < N; n++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += x[n * C + c]!;
    const m = sum / C;
    let squares = 0;
    for (let c = 0; c < C; c++) squares += (x[n * C + c]! - m) ** 2;
    const r = 1 / Math.sqrt(squares / C + eps);
    for (let c = 0; c < C; c++) y[n * C + c] = (x[n * C + c]! - m) * r * weight[c]! + bias[c]!;
    mean[n] = m;
    rstd[n] = r;
  }
  return { y, mean, rstd };
}

/**
 * dy and x (N, C), weight (C), mean and rstd (N) of the forward pass -> dx (N, C), dweight (C), dbias (C).
 * dx = rstd * (g - mean(g) - xhat * mean(g * xhat)),  g = dy * weight.
 */
export function layernormBackward(dy: Numbers, x: Numbers, weight: Numbers, mean: Numbers, rstd: Numbers, N: number, C: number) {
  const dx = new Float64Array(N * C);
  const dweight = new Float64Array(C);
  const dbias = new Float64Array(C);
  for (let n = 0; n < N; n++) {
    const xhat = (c: number) => (x[n * C + c]! - mean[n]!) * rstd[n]!;
    let sumG = 0;
    let sumGX = 0;
    for (let c = 0; c < C; c++) {
      const d = dy[n * C + c]!;
      dweight[c]! += d * xhat(c);
      dbias[c]! += d;
      sumG += d * weight[c]!;
      sumGX += d * weight[c]! * xhat(c);
    }
    for (let c = 0; c < C; c++) dx[n * C + c] = rstd[n]! * (dy[n * C + c]! * weight[c]! - sumG / C - xhat(c) * sumGX / C);
  }
  return { dx, dweight, dbias };
}
