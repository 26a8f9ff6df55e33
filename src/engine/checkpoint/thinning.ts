/** Which checkpoints are given up when there are too many bytes of them. */

export interface Kept { run: string; sequence: number; step: number; bytes: number }

/**
 * Those to give up, in order, so that the rest takes at most `limit` bytes; all that may be given up where that isn't enough.
 *
 * Of each run stay the two that were written last and the earliest step. The others are worth what their loss would tear
 * open: with the run from step r to step s and neighbours at steps a < b, a gap of log((b - r) / (a - r)) + log((s - a) / (s - b)).
 * The smallest gap goes first, whichever run it is of, which leaves steps whose distances from either end grow by about the
 * same factor from one to the next: close together near the end, to go back to, and near the start, where a network changes
 * most, and far apart between. Depends on nothing but its arguments.
 */
export function thin(kept: readonly Kept[], limit: number): Kept[] {
  let total = kept.reduce((n, k) => n + k.bytes, 0);
  const runs = [...new Set(kept.map(k => k.run))].map(run => {
    const of = kept.filter(k => k.run === run);
    const newest = of.toSorted((a, b) => a.sequence - b.sequence).slice(-2);
    return { newest, left: of.toSorted((a, b) => a.step - b.step || a.sequence - b.sequence) };
  });
  const given: Kept[] = [];
  while (total > limit) {
    let cheapest: { gap: number; at: number; left: Kept[] } | null = null;
    for (const { newest, left } of runs) {
      const start = left[0]!.step - 1;
      const end = left.at(-1)!.step + 1;
      // The earliest stays. The latest step is one of the newest two unless someone went back; then it is its own neighbour.
      for (let at = 1; at < left.length; at++) {
        if (newest.includes(left[at]!)) continue;
        const before = left[at - 1]!.step;
        const after = left[at + 1]?.step ?? end - 1;
        const gap = Math.log((after - start) / (before - start)) + Math.log((end - before) / (end - after));
        if (!cheapest || gap < cheapest.gap || gap === cheapest.gap && goesBefore(left[at]!, cheapest.left[cheapest.at]!)) cheapest = { gap, at, left };
      }
    }
    if (!cheapest) break;
    const [gone] = cheapest.left.splice(cheapest.at, 1);
    given.push(gone!);
    total -= gone!.bytes;
  }
  return given;
}

/** Of two that are worth the same, the older one; of two runs the one whose id comes first. */
const goesBefore = (a: Kept, b: Kept): boolean => a.run === b.run ? a.sequence < b.sequence : a.run < b.run;
