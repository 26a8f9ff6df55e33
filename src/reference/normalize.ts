/** Rows scaled to length 1 (torch.nn.functional.normalize): y = x / max(||x||, eps). */

type Numbers = ArrayLike<number>;

/** x (N, C) -> y (N, C), norm (N) = max(||x||, eps). */
export function normalizeForward(x: Numbers, N: number, C: number, eps = 1e-12) {
  const y = new Float64Array(N * C);
  const norm = new Float64Array(N);
  for (let n = 0; n < N; n++) {
    let squares = 0;
    for (let c = 0; c < C; c++) squares += x[n * C + c]! ** 2;
    const length = Math.max(Math.sqrt(squares), eps);
    for (let c = 0; c < C; c++) y[n * C + c] = x[n * C + c]! / length;
    norm[n] = length;
  }
  return { y, norm };
}

/**
 * dy and y (N, C), norm (N) of the forward pass -> dx (N, C) = (dy - y (y . dy)) / norm.
 * A row shorter than eps was divided by a constant: its dx is dy / eps.
 */
export function normalizeBackward(dy: Numbers, y: Numbers, norm: Numbers, N: number, C: number, eps = 1e-12): Float64Array {
  const dx = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    let along = 0;
    if (norm[n]! > eps) for (let c = 0; c < C; c++) along += y[n * C + c]! * dy[n * C + c]!;
    for (let c = 0; c < C; c++) dx[n * C + c] = (dy[n * C + c]! - y[n * C + c]! * along) / norm[n]!;
  }
  return dx;
}
