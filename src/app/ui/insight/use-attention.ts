import { useEffect } from 'react';
import { useStore, type Store } from '#app/store/store.ts';

/** Milliseconds between an answer and the next question while training. */
const INTERVAL = 1000;

/**
 * Keeps the maps up to date: at once after a choice, a new dataset, a new run or a step of a paused run; about every
 * second while training. Nothing is asked for while the tab is hidden or another request is under way.
 */
export function useAttention(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      clearTimeout(timer);
      const { datasetVersion, runState, updateAttention } = useStore.getState();
      if (over || datasetVersion === 0 || runState === 'preparing' || document.visibilityState !== 'visible') return;
      const answered = await updateAttention();
      // After a failure only a new choice asks again: one message is enough.
      if (answered && !over && useStore.getState().runState === 'training') {
        clearTimeout(timer);
        timer = setTimeout(() => { void ask(); }, INTERVAL);
      }
    };
    const seen = () => { void ask(); };
    const unsubscribe = useStore.subscribe((now, before) => { if (outdated(now, before)) void ask(); });
    document.addEventListener('visibilitychange', seen);
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
      unsubscribe();
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
}

/** Whether the maps shown before are not those to show now; steps taken while training are left to the interval. */
function outdated(now: Store, before: Store): boolean {
  return now.datasetVersion !== before.datasetVersion || now.imageIndex !== before.imageIndex || now.block !== before.block
    || (now.runConfig === null && now.estimate !== before.estimate) // another untrained network
    || now.runState !== before.runState || (now.runState !== 'training' && now.latest?.step !== before.latest?.step);
}
