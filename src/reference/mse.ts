/** Mean squared error (torch.nn.functional.mse_loss): the mean of (y - target)^2 over all entries. */

type Numbers = ArrayLike<number>;

/** y, target (N, C) -> losses (N), each row's part of the mean; dy (N, C). */
export function meanSquaredError(y: Numbers, target: Numbers, N: number, C: number) {
  const losses = new Float64Array(N);
  const dy = new Float64Array(N * C);
  for (let i = 0; i < N * C; i++) {
    const difference = y[i]! - target[i]!;
    losses[Math.floor(i / C)]! += difference ** 2 / (N * C);
    dy[i] = 2 * difference / (N * C);
  }
  return { losses, dy };
}
