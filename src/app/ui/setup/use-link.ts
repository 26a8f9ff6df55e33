import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';

/** Settings in the page's address, at its start or when a link is pasted over it, go into the form; the address is plain again. */
export function useLink(): void {
  const takeLink = useStore(s => s.takeLink);
  useEffect(() => {
    const take = () => {
      if (takeLink(location.hash)) history.replaceState(null, '', location.pathname + location.search);
    };
    take();
    window.addEventListener('hashchange', take);
    return () => { window.removeEventListener('hashchange', take); };
  }, [takeLink]);
}
