import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';

/** Elements that use these keys themselves. */
const TYPING = 'input, select, textarea, [contenteditable], [role="radiogroup"], dialog';
/** Regions that scroll sideways. */
const MOVING = `${TYPING}, [role="region"]`;
const PRESSING = `${TYPING}, button, summary, a[href]`;

/** Space pauses and continues, the right arrow takes one step of a paused run. Pressed before the last is done, it follows. */
export function useKeyboard(): void {
  useEffect(() => {
    let next: (() => void) | null = null;
    const soon = (act: () => void) => {
      if (useStore.getState().busy) next = act;
      else act();
    };
    const unsubscribe = useStore.subscribe(({ busy }) => {
      if (busy || !next) return;
      const act = next;
      next = null;
      act();
    });
    // What it asks for is settled when it is pressed: a run that is about to pause is asked to go on.
    const pauseOrContinue = () => {
      const { runState, asked, pause, resume } = useStore.getState();
      soon(runState === 'training' && asked !== 'pause' ? () => { void pause(); } : resume);
    };
    const step = () => {
      const { runState, singleStep } = useStore.getState();
      if (runState === 'paused') void singleStep();
    };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : document.body;
      const { runState, busy } = useStore.getState();
      if (event.key === ' ' && !target.closest(PRESSING)) {
        if (runState !== 'training' && runState !== 'paused') return;
        event.preventDefault(); // it would scroll the page
        if (!event.repeat) pauseOrContinue();
      } else if (event.key === 'ArrowRight' && !target.closest(MOVING) && runState === 'paused') {
        event.preventDefault();
        if (!(event.repeat && busy)) soon(step);
      }
    };
    window.addEventListener('keydown', press);
    return () => {
      unsubscribe();
      window.removeEventListener('keydown', press);
    };
  }, []);
}
