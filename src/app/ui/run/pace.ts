import type { RunSlice } from '#app/store/run-slice.ts';
import { isLive } from '#app/store/run-slice.ts';

/** Of training at the present pace, pauses left out; null where no run is under way. */
export function secondsLeft({ runState, latest, runConfig }: Pick<RunSlice, 'runState' | 'latest' | 'runConfig'>): number | null {
  if (!isLive(runState) || !latest || !runConfig || latest.imagesPerSecond <= 0) return null;
  return ((runConfig.steps - latest.step) * runConfig.batchSize) / latest.imagesPerSecond;
}
