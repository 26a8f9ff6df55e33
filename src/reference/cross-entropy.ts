/**
 * The two losses of iBOT share one form: soft cross-entropy of student rows against teacher rows.
 * loss = sum over pairs of weight * -(p_teacher . log_softmax(z_student / studentTemp)).
 * Only the pairs differ: between views for the class tokens, position by position for masked patches.
 */

type Numbers = ArrayLike<number>;

/** One term of a student row's loss: which row of the teacher's probabilities, and how much it counts. */
export interface Target { row: number; weight: number }

/** z (N, K), center (K) -> softmax((z - center) / temp) of each row (N, K). */
export function teacherSoftmax(z: Numbers, center: Numbers, temp: number, N: number, K: number): Float64Array {
  const p = new Float64Array(N * K);
  for (let n = 0; n < N; n++) {
    let max = -Infinity;
    for (let k = 0; k < K; k++) max = Math.max(max, (z[n * K + k]! - center[k]!) / temp);
    let total = 0;
    for (let k = 0; k < K; k++) {
      const e = Math.exp((z[n * K + k]! - center[k]!) / temp - max);
      p[n * K + k] = e;
      total += e;
    }
    for (let k = 0; k < K; k++) p[n * K + k]! /= total;
  }
  return p;
}

/** p (N, K), rows that sum to 1 -> mean over the rows of -sum p ln p, in nats. */
export function meanEntropy(p: Numbers, N: number, K: number): number {
  let sum = 0;
  for (let i = 0; i < N * K; i++) if (p[i]! > 0) sum -= p[i]! * Math.log(p[i]!);
  return sum / N;
}

/**
 * studentLogits (R, K), teacher probabilities (Rt, K), for each student row its targets (R lists)
 * -> loss, and dlogits (R, K) = sum over the row's targets of weight * (softmax(z / temp) - p) / temp.
 */
export function crossEntropy(studentLogits: Numbers, teacher: Numbers, targets: readonly (readonly Target[])[], studentTemp: number, K: number) {
  const dlogits = new Float64Array(targets.length * K);
  let loss = 0;
  targets.forEach((list, r) => {
    let max = -Infinity;
    for (let k = 0; k < K; k++) max = Math.max(max, studentLogits[r * K + k]! / studentTemp);
    let total = 0;
    for (let k = 0; k < K; k++) total += Math.exp(studentLogits[r * K + k]! / studentTemp - max);
    const lse = max + Math.log(total);
    for (const { row, weight } of list) {
      for (let k = 0; k < K; k++) {
        const logq = studentLogits[r * K + k]! / studentTemp - lse;
        const p = teacher[row * K + k]!;
        loss -= weight * p * logq;
        dlogits[r * K + k]! += weight * (Math.exp(logq) - p) / studentTemp;
      }
    }
  });
  return { loss, dlogits };
}

/**
 * The moving mean of the teacher's raw logits: center (K), the sum of `count` rows of logits (K) -> the new center.
 * With no row at all (a batch without masks) the center stays: the mean would be 0 / 0.
 */
export function centerUpdate(center: Numbers, sumOfLogits: Numbers, count: number, momentum: number): Float64Array {
  return Float64Array.from(center, (c, k) => count > 0 ? c * momentum + sumOfLogits[k]! / count * (1 - momentum) : c);
}

/**
 * Pairs of the class-token loss for B images with V local views. Student row image*(2+V) + view with the
 * two global views first, teacher row image*2 + view. Each student view meets each teacher view but itself.
 */
export function dinoPairs(B: number, V: number): Target[][] {
  const views = 2 + V;
  const weight = 1 / ((2 * views - 2) * B);
  return Array.from({ length: B * views }, (_, r) => {
    const image = Math.floor(r / views);
    const view = r % views;
    return [0, 1].filter(t => t !== view).map(t => ({ row: image * 2 + t, weight }));
  });
}

/**
 * Pairs of the patch loss: masked patch i of the student meets row i of the teacher. `maskCounts` has the number of
 * masked patches of every global view, those without a mask too, since the mean is over all views.
 */
export function ibotPairs(maskCounts: readonly number[]): Target[][] {
  const pairs: Target[][] = [];
  for (const count of maskCounts) {
    for (let i = 0; i < count; i++) pairs.push([{ row: pairs.length, weight: 1 / (Math.max(1, count) * maskCounts.length) }]);
  }
  return pairs;
}
