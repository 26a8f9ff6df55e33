import { useEffect } from 'react';
import type { RunSlice } from '#app/store/run-slice.ts';
import type { RunsSlice } from '#app/store/runs-slice.ts';

/** Whether closing the tab would lose something: steps under way, or taken ones that are neither kept on this machine nor in a file. */
export const isUnsaved = (s: Pick<RunSlice, 'runState' | 'latest' | 'exportedStep'> & Pick<RunsSlice, 'savedStep'>): boolean =>
  s.runState === 'preparing' || s.runState === 'training' || (s.latest !== null && s.latest.step !== s.exportedStep && s.latest.step !== s.savedStep);

/** Asks before `target` (a window) is closed or left, until the returned function is called. */
export function guardClosing(target: EventTarget): () => void {
  const ask = (event: Event) => { event.preventDefault(); };
  target.addEventListener('beforeunload', ask);
  return () => { target.removeEventListener('beforeunload', ask); };
}

/** Asks before the tab closes, but only while something is unsaved: a page that always asks can't be kept for going back, either. */
export function useCloseGuard(unsaved: boolean): void {
  useEffect(() => (unsaved ? guardClosing(window) : undefined), [unsaved]);
}
