/**
 * Multi-head self-attention over packed sequences (torch scaled_dot_product_attention, no mask, not causal).
 *
 * qkv is (N, 3C): column which*C + head*D + d with which 0 = query, 1 = key, 2 = value and D = C / heads.
 * Sequence s is rows starts[s] .. starts[s] + lengths[s] - 1 and attends only to itself.
 * Per sequence and head: S = q k^T / sqrt(D), P = softmax of each row of S, out = P v.
 * lse (N, heads) is the log of the sum of exp(S) of each query: P = exp(S - lse), so P needn't be kept.
 */

type Numbers = ArrayLike<number>;

interface Head { D: number; scale: number; at: (row: number, which: number) => number }

/** Where row's query, key or value of one head starts inside qkv. */
function headOf(head: number, heads: number, C: number): Head {
  const D = C / heads;
  return { D, scale: 1 / Math.sqrt(D), at: (row, which) => row * 3 * C + which * C + head * D };
}

function score(qkv: Numbers, h: Head, query: number, key: number): number {
  const q = h.at(query, 0);
  const k = h.at(key, 1);
  let sum = 0;
  for (let d = 0; d < h.D; d++) sum += qkv[q + d]! * qkv[k + d]!;
  return sum * h.scale;
}

/** Calls visit once for each (sequence, head, query row); `first` and `last` bound the sequence's rows. */
function forEachQuery(
  starts: Numbers, lengths: Numbers, heads: number, visit: (head: number, query: number, first: number, last: number) => void,
): void {
  for (let s = 0; s < starts.length; s++) {
    const first = starts[s]!;
    const last = first + lengths[s]! - 1;
    for (let head = 0; head < heads; head++) {
      for (let query = first; query <= last; query++) visit(head, query, first, last);
    }
  }
}

/** qkv (N, 3C) -> out (N, C) with column head*D + d, lse (N, heads). Rows in no sequence stay 0. */
export function attentionForward(qkv: Numbers, starts: Numbers, lengths: Numbers, heads: number, C: number) {
  const N = qkv.length / (3 * C);
  const out = new Float64Array(N * C);
  const lse = new Float64Array(N * heads);
  forEachQuery(starts, lengths, heads, (head, query, first, last) => {
    const h = headOf(head, heads, C);
    const scores: number[] = [];
    for (let key = first; key <= last; key++) scores.push(score(qkv, h, query, key));
    const max = Math.max(...scores);
    const total = scores.reduce((sum, s) => sum + Math.exp(s - max), 0);
    const logSum = max + Math.log(total);
    lse[query * heads + head] = logSum;
    for (let key = first; key <= last; key++) {
      const p = Math.exp(scores[key - first]! - logSum);
      for (let d = 0; d < h.D; d++) out[query * C + head * h.D + d]! += p * qkv[h.at(key, 2) + d]!;
    }
  });
  return { out, lse };
}

/**
 * dout and out (N, C), qkv (N, 3C), lse (N, heads) -> dqkv (N, 3C).
 * dv = P^T dout;  dP = dout v^T;  dS = P (dP - delta), delta = dout . out per query;  dq = dS k / sqrt(D);  dk = dS^T q / sqrt(D).
 */
export function attentionBackward(
  dout: Numbers, qkv: Numbers, out: Numbers, lse: Numbers, starts: Numbers, lengths: Numbers, heads: number, C: number,
): Float64Array {
  const dqkv = new Float64Array(qkv.length);
  forEachQuery(starts, lengths, heads, (head, query, first, last) => {
    const h = headOf(head, heads, C);
    const o = query * C + head * h.D;
    let delta = 0;
    for (let d = 0; d < h.D; d++) delta += dout[o + d]! * out[o + d]!;
    for (let key = first; key <= last; key++) {
      const p = Math.exp(score(qkv, h, query, key) - lse[query * heads + head]!);
      const [q, k, v] = [h.at(query, 0), h.at(key, 1), h.at(key, 2)];
      let dp = 0;
      for (let d = 0; d < h.D; d++) {
        dp += dout[o + d]! * qkv[v + d]!;
        dqkv[v + d]! += p * dout[o + d]!;
      }
      const ds = p * (dp - delta) * h.scale;
      for (let d = 0; d < h.D; d++) {
        dqkv[q + d]! += ds * qkv[k + d]!;
        dqkv[k + d]! += ds * qkv[q + d]!;
      }
    }
  });
  return dqkv;
}

/**
 * The attention of one query over one sequence: (heads, length), rows sum to 1.
 * `query` counts from the sequence's own first row: 0 is the class token.
 */
export function attentionWeights(qkv: Numbers, start: number, length: number, heads: number, C: number, query: number): Float64Array {
  const weights = new Float64Array(heads * length);
  for (let head = 0; head < heads; head++) {
    const h = headOf(head, heads, C);
    const scores: number[] = [];
    for (let key = 0; key < length; key++) scores.push(score(qkv, h, start + query, start + key));
    const max = Math.max(...scores);
    const total = scores.reduce((sum, s) => sum + Math.exp(s - max), 0);
    scores.forEach((s, key) => { weights[head * length + key] = Math.exp(s - max) / total; });
  }
  return weights;
}
