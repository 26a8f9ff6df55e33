/** The moments of a run that can be shown: its checkpoints, before them the untrained network, after them now. */

/** Steps before `now`, rising, the untrained network's first; empty while that is what there is now. */
export const framesOf = (checkpoints: readonly number[], now: number): number[] =>
  [...new Set([0, ...checkpoints])].filter(step => step < now).sort((a, b) => a - b);

/** Where on the way a step lies: at the last frame that is not after it, which is where a checkpoint that was given up leads; `frames.length` is now. */
export function placeOnWay(frames: readonly number[], at: number | null, now: number): number {
  if (at === null || at >= now) return frames.length;
  return Math.max(0, frames.findLastIndex(step => step <= at));
}

/** The frame after the one shown; null is now. */
export const frameAfter = (frames: readonly number[], at: number): number | null => frames.find(step => step > at) ?? null;
