/** The end of a residual branch: LayerScale and stochastic depth (timm Block, DropPath with scale_by_keep). */

type Numbers = ArrayLike<number>;

/**
 * x and branch (N, C), gamma (C) or null for 1, dropPerRow (N) or null for 1 -> x + drop[row] * gamma[c] * branch (N, C).
 * A sample's rows share one factor: 0 or 1 / keep.
 */
export function residualForward(x: Numbers, branch: Numbers, gamma: Numbers | null, dropPerRow: Numbers | null, N: number, C: number): Float64Array {
  const y = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      const i = n * C + c;
      y[i] = x[i]! + (dropPerRow ? dropPerRow[n]! : 1) * (gamma ? gamma[c]! : 1) * branch[i]!;
    }
  }
  return y;
}

/** dy and branch (N, C) -> dbranch (N, C), dgamma (C) or null without gamma. The gradient of x is dy itself. */
export function residualBackward(dy: Numbers, branch: Numbers, gamma: Numbers | null, dropPerRow: Numbers | null, N: number, C: number) {
  const dbranch = new Float64Array(N * C);
  const dgamma = gamma ? new Float64Array(C) : null;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      const i = n * C + c;
      const d = (dropPerRow ? dropPerRow[n]! : 1) * dy[i]!;
      dbranch[i] = d * (gamma ? gamma[c]! : 1);
      if (dgamma) dgamma[c]! += d * branch[i]!;
    }
  }
  return { dbranch, dgamma };
}
