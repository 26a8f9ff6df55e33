/** What a batch says of whether a network learns or collapses. Rows are the teacher's class rows, two views an image, next to each other. */

import { normalizeForward } from './normalize.ts';
import { rowLargest } from './patterns.ts';

type Numbers = ArrayLike<number>;

/** x (N, C) -> (2, C): sums of the columns, and of their squares. */
export function columnMoments(x: Numbers, N: number, C: number): Float64Array {
  const moments = new Float64Array(2 * C);
  for (let i = 0; i < N * C; i++) {
    moments[i % C]! += x[i]!;
    moments[C + i % C]! += x[i]! ** 2;
  }
  return moments;
}

export interface Health {
  /** Of the mean of all targets, nats. */
  meanEntropy: number;
  /** Prototypes that some row favours. */
  prototypesUsed: number;
  /** Share of images whose two views favour the same prototype. */
  agreement: number;
  /** Mean over the columns of the features' standard deviation over the batch, each feature of length 1, in units of 1 / sqrt(C). */
  featureSpread: number;
}

/** targets (N, K), rows that sum to 1; features (N, C). */
export function batchHealth(targets: Numbers, features: Numbers, N: number, K: number, C: number): Health {
  let meanEntropy = 0;
  for (let k = 0; k < K; k++) {
    let q = 0;
    for (let n = 0; n < N; n++) q += targets[n * K + k]! / N;
    if (q > 0) meanEntropy -= q * Math.log(q);
  }
  const favoured = rowLargest(targets, N, K).map(({ column }) => column);
  const z = normalizeForward(features, N, C).y;
  let deviations = 0;
  for (let c = 0; c < C; c++) {
    let mean = 0;
    for (let n = 0; n < N; n++) mean += z[n * C + c]! / N;
    let variance = 0;
    for (let n = 0; n < N; n++) variance += (z[n * C + c]! - mean) ** 2 / (N - 1);
    deviations += Math.sqrt(variance);
  }
  return {
    meanEntropy, prototypesUsed: new Set(favoured).size,
    agreement: favoured.filter((k, n) => n % 2 === 1 && k === favoured[n - 1]).length / (N / 2),
    featureSpread: deviations / C * Math.sqrt(C),
  };
}
