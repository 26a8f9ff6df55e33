/**
 * Matrix products in the three layouts that a Linear layer needs, and the layer itself.
 * Everything is row-major. With y = x w^T + b:  dx = dy w (NN),  dw = dy^T x (TN),  dbias = column sums of dy.
 */

type Numbers = ArrayLike<number>;

/** a (M, K) times the transpose of b (N, K) -> (M, N). */
export function gemmNT(a: Numbers, b: Numbers, M: number, N: number, K: number): Float64Array {
  const out = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[m * K + k]! * b[n * K + k]!;
      out[m * N + n] = sum;
    }
  }
  return out;
}

/** a (M, K) times b (K, N) -> (M, N). */
export function gemmNN(a: Numbers, b: Numbers, M: number, N: number, K: number): Float64Array {
  const out = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      const factor = a[m * K + k]!;
      for (let n = 0; n < N; n++) out[m * N + n]! += factor * b[k * N + n]!;
    }
  }
  return out;
}

/** The transpose of a (K, M) times b (K, N) -> (M, N). */
export function gemmTN(a: Numbers, b: Numbers, M: number, N: number, K: number): Float64Array {
  const out = new Float64Array(M * N);
  for (let k = 0; k < K; k++) {
    for (let m = 0; m < M; m++) {
      const factor = a[k * M + m]!;
      for (let n = 0; n < N; n++) out[m * N + n]! += factor * b[k * N + n]!;
    }
  }
  return out;
}

/** x (N, I), w (O, I), bias (O) or null -> x w^T + bias (N, O). */
export function linearForward(x: Numbers, w: Numbers, bias: Numbers | null, N: number, I: number, O: number): Float64Array {
  const y = gemmNT(x, w, N, O, I);
  if (bias) for (let i = 0; i < y.length; i++) y[i]! += bias[i % O]!;
  return y;
}

/** dy (N, O), x (N, I), w (O, I) -> dx (N, I), dw (O, I), dbias (O). */
export function linearBackward(dy: Numbers, x: Numbers, w: Numbers, N: number, I: number, O: number) {
  const dbias = new Float64Array(O);
  for (let i = 0; i < N * O; i++) dbias[i % O]! += dy[i]!;
  return { dx: gemmNN(dy, w, N, I, O), dw: gemmTN(dy, x, O, I, N), dbias };
}
