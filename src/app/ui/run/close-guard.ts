import { useEffect } from 'react';
import { isLive, type RunSlice } from '#app/store/run-slice.ts';

/** Whether closing the tab would lose something: a run that is live, or steps whose model was not taken away. */
export const isUnsaved = (s: Pick<RunSlice, 'runState' | 'latest' | 'exportedStep'>): boolean =>
  isLive(s.runState) || (s.latest !== null && s.latest.step !== s.exportedStep);

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
