import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';

/** Milliseconds between an answer and the next question while training. */
const INTERVAL = 1000;

/**
 * Keeps the maps up to date: at once after a choice, a new dataset, a new run or a step of a paused run; about every
 * second while training. Nothing is asked for while the tab is hidden or another request is under way.
 */
export function useAttention(): void {
  const version = useStore(s => s.datasetVersion);
  const image = useStore(s => s.imageIndex);
  const block = useStore(s => s.block);
  const training = useStore(s => s.runState === 'training');
  const preparing = useStore(s => s.runState === 'preparing');
  const stillAt = useStore(s => (s.runState === 'training' ? -1 : s.latest?.step ?? 0));
  const updateAttention = useStore(s => s.updateAttention);

  useEffect(() => {
    if (version === 0 || preparing) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      if (over || document.visibilityState !== 'visible') return;
      const answered = await updateAttention();
      // After a failure only a new choice asks again: one message is enough.
      if (training && answered && !over) timer = setTimeout(() => { void ask(); }, INTERVAL);
    };
    const seen = () => {
      clearTimeout(timer);
      void ask();
    };
    void ask();
    document.addEventListener('visibilitychange', seen);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [version, image, block, training, preparing, stillAt, updateAttention]);
}
