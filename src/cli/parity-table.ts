import type { ReplayGroup } from './page/protocol.ts';

/** One line for each group: the largest relative error, the bound, whether it holds, and the tensor it lies in. */
export function groupLines(groups: readonly ReplayGroup[]): string[] {
  const width = Math.max(...groups.map(group => group.name.length));
  return groups.map(({ name, worst, median, bound, tensor, tensors, ok }) =>
    `  ${name.padEnd(width)}  ${worst.toExponential(2).padStart(7)} ${ok ? '<=' : ' >'} ${bound.toExponential(1)}  ${ok ? 'ok  ' : 'FAIL'}  ${tensor} (worst of ${tensors}, median ${median.toExponential(1)})`);
}
