/**
 * The KoLeo loss (lightly KoLeoLoss): pushes each sample away from its nearest neighbour.
 * With x normalised to length 1: j(i) = argmax over j != i of x_i . x_j,  d_i = || x_i - x_j(i) + eps ||,
 * loss = -mean ln(d_i + eps).  eps = 1e-8 appears in all three places, as PairwiseDistance adds it inside the norm.
 */
import { normalizeBackward, normalizeForward } from './normalize.ts';

type Numbers = ArrayLike<number>;

const EPS = 1e-8;

/**
 * x (N, C) -> loss, dx (N, C), nearest (N). The gradient flows through both ends of each pair.
 * A single sample is its own neighbour, as in lightly: loss 17.7 and no useful gradient, so ask for a batch of two at least.
 */
export function koleo(x: Numbers, N: number, C: number) {
  const { y, norm } = normalizeForward(x, N, C, EPS);
  const nearest = new Int32Array(N);
  const dy = new Float64Array(N * C);
  let loss = 0;
  for (let i = 0; i < N; i++) {
    let best = -Infinity;
    for (let j = 0; j < N; j++) {
      let similarity = 0;
      for (let c = 0; c < C; c++) similarity += y[i * C + c]! * y[j * C + c]!;
      if (i === j) similarity = -2;
      if (similarity > best) { best = similarity; nearest[i] = j; }
    }
    const j = nearest[i]!;
    const difference = (c: number) => y[i * C + c]! - y[j * C + c]! + EPS;
    let squares = 0;
    for (let c = 0; c < C; c++) squares += difference(c) ** 2;
    const distance = Math.sqrt(squares);
    loss -= Math.log(distance + EPS) / N;
    for (let c = 0; c < C; c++) {
      const d = -difference(c) / (N * (distance + EPS) * distance);
      dy[i * C + c]! += d;
      dy[j * C + c]! -= d;
    }
  }
  return { loss, dx: normalizeBackward(dy, y, norm, N, C, EPS), nearest };
}
