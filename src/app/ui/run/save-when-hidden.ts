import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';

/** A tab that goes out of sight may be frozen or ended without another word: the run is written before. */
export function useSaveWhenHidden(): void {
  useEffect(() => {
    const save = () => {
      if (document.visibilityState === 'hidden') useStore.getState().saveNow();
    };
    document.addEventListener('visibilitychange', save);
    document.addEventListener('freeze', save);
    window.addEventListener('pagehide', save);
    return () => {
      document.removeEventListener('visibilitychange', save);
      document.removeEventListener('freeze', save);
      window.removeEventListener('pagehide', save);
    };
  }, []);
}
