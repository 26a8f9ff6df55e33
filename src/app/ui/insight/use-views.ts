import { useEffect } from 'react';
import { GUEST, VIEW_REST } from '#contract/trainer.ts';
import { useStore, type Store } from '#app/store/store.ts';

/**
 * Milliseconds between an answer and the next question while training: at least these, and VIEW_REST times what the answer is
 * known to cost, so that with what isn't counted (painting it, reading it back) it stays below a tenth of the time.
 */
const INTERVAL = 1000;

/**
 * Keeps the shown view up to date: at once after a choice, a new dataset, a new run or a step of a paused run; about every
 * second while training, less often where that would take more than a tenth of the time. Nothing is asked for while the
 * tab is hidden or another request is under way.
 */
export function useViews(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      clearTimeout(timer);
      const { datasetVersion, imageIndex, runState, updateView } = useStore.getState();
      if (over || (datasetVersion === 0 && imageIndex !== GUEST) || runState === 'preparing' || document.visibilityState !== 'visible') return;
      const cost = await updateView();
      // After a failure only a new choice asks again: one message is enough.
      if (cost === null || over) return;
      clearTimeout(timer);
      later(Math.max(INTERVAL, VIEW_REST * cost));
    };
    const later = (ms: number) => {
      timer = setTimeout(() => {
        const { runState, choices, search, at } = useStore.getState();
        if (over || runState !== 'training' || !choices.follow) return;
        // A search takes as much of the time by itself, and an earlier moment stays what it is.
        if (search || at !== null) later(INTERVAL);
        else void ask();
      }, ms);
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

/** Whether the view shown before is not that to show now; steps taken while training are left to the interval. */
function outdated(now: Store, before: Store): boolean {
  return now.datasetVersion !== before.datasetVersion || now.imageIndex !== before.imageIndex || now.guestVersion !== before.guestVersion || now.choices !== before.choices
    || (now.runConfig === null && now.estimate !== before.estimate) // another untrained network
    || (now.choices.follow && (now.runState !== before.runState || (now.runState !== 'training' && now.latest?.step !== before.latest?.step)));
}
