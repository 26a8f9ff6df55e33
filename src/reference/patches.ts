/** What the views ask of patch tokens. Tokens are (sequences * T, C), the class token first in each sequence. */

type Numbers = ArrayLike<number>;

/** First word of each patch's row. */
function rows(sequences: number, T: number, C: number): number[] {
  return Array.from({ length: sequences * (T - 1) }, (_, n) => (Math.floor(n / (T - 1)) * T + 1 + n % (T - 1)) * C);
}

function dot(a: Numbers, i: number, b: Numbers, j: number, C: number): number {
  let s = 0;
  for (let c = 0; c < C; c++) s += a[i + c]! * b[j + c]!;
  return s;
}

const cosine = (a: Numbers, i: number, b: Numbers, j: number, C: number): number => {
  const lengths = Math.sqrt(dot(a, i, a, i, C)) * Math.sqrt(dot(b, j, b, j, C));
  return lengths > 0 ? dot(a, i, b, j, C) / lengths : 0;
};

/**
 * attention (n) on patches -> for each the share of it and of all that get less: sorted ascending, divided by the sum and
 * added up, put back in place (stable: of equals the earlier comes first).
 */
export function attentionMass(attention: Numbers): Float64Array {
  const values = Array.from(attention);
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const sum = values.reduce((s, v) => s + v, 0);
  const mass = new Float64Array(values.length);
  let upTo = 0;
  for (const i of order) mass[i] = sum > 0 ? (upTo += values[i]!) / sum : 0;
  return mass;
}

/** As visualize_attention.py has it: the patches that hold a share t of the attention, the strongest first. */
export function thresholded(attention: Numbers, t: number): boolean[] {
  return Array.from(attentionMass(attention), cumulative => cumulative > 1 - t);
}

/** (sequences * (T - 1)): cosine between each patch and row `query` of the tokens. */
export function patchSimilarity(tokens: Numbers, sequences: number, T: number, C: number, query: number): Float64Array {
  return Float64Array.from(rows(sequences, T, C), row => cosine(tokens, row, tokens, query * C, C));
}

/** For each patch of sequence `from` the patch of `to` with the largest dot product (the first of equals), and the cosine of the two. */
export function patchMatches(tokens: Numbers, T: number, C: number, from: number, to: number): { patch: number; cosine: number }[] {
  const row = (sequence: number, patch: number) => (sequence * T + 1 + patch) * C;
  return Array.from({ length: T - 1 }, (_, p) => {
    let best = 0;
    for (let o = 1; o < T - 1; o++) {
      if (dot(tokens, row(from, p), tokens, row(to, o), C) > dot(tokens, row(from, p), tokens, row(to, best), C)) best = o;
    }
    return { patch: best, cosine: cosine(tokens, row(from, p), tokens, row(to, best), C) };
  });
}

/** mean (C) and covariance (C, C) of the patches, with weights (sequences * (T - 1)) that add up to 1. */
export function patchCovariance(tokens: Numbers, sequences: number, T: number, C: number, weights: Numbers): { mean: Float64Array; covariance: Float64Array } {
  const mean = new Float64Array(C);
  const covariance = new Float64Array(C * C);
  const all = rows(sequences, T, C);
  all.forEach((row, n) => { for (let c = 0; c < C; c++) mean[c]! += weights[n]! * tokens[row + c]!; });
  all.forEach((row, n) => {
    for (let i = 0; i < C; i++) for (let j = 0; j < C; j++) {
      covariance[i * C + j]! += weights[n]! * (tokens[row + i]! - mean[i]!) * (tokens[row + j]! - mean[j]!);
    }
  });
  return { mean, covariance };
}

/** (sequences * (T - 1), K): coordinates along K directions (K, C) from the mean. */
export function patchProject(tokens: Numbers, sequences: number, T: number, C: number, mean: Numbers, directions: Numbers): Float64Array {
  const K = directions.length / C;
  return Float64Array.from(rows(sequences, T, C).flatMap(row => Array.from({ length: K }, (_, k) => {
    let s = 0;
    for (let c = 0; c < C; c++) s += (tokens[row + c]! - mean[c]!) * directions[k * C + c]!;
    return s;
  })));
}
