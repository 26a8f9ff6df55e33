import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';

/** Elements that use these keys themselves. */
const TYPING = 'input, select, textarea, [contenteditable], [role="radiogroup"], dialog';
/** Regions that scroll sideways. */
const MOVING = `${TYPING}, [role="region"]`;
const PRESSING = `${TYPING}, button, summary, a[href]`;

/** Space pauses and continues, the right arrow takes one step of a paused run. */
export function useKeyboard(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : document.body;
      const { runState, busy, pause, resume, singleStep } = useStore.getState();
      if (event.key === ' ' && !target.closest(PRESSING)) {
        if (runState !== 'training' && runState !== 'paused') return;
        event.preventDefault(); // it would scroll the page
        if (event.repeat || busy) return;
        if (runState === 'training') void pause();
        else resume();
      } else if (event.key === 'ArrowRight' && !target.closest(MOVING) && runState === 'paused') {
        event.preventDefault();
        if (!busy) void singleStep();
      }
    };
    window.addEventListener('keydown', press);
    return () => { window.removeEventListener('keydown', press); };
  }, []);
}
