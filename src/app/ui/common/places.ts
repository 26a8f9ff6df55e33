/** The panels that are on the page, so that each can be gone to. */
import { useEffect, useSyncExternalStore, type RefObject } from 'react';

export interface Place { title: string; heading: HTMLElement }

let places: readonly Place[] = [];
const listeners = new Set<() => void>();

function change(to: readonly Place[]): void {
  places = to;
  for (const listener of listeners) listener();
}

/** Enters a panel by its heading, for as long as it is on the page. */
export function usePlace(title: string, heading: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = heading.current;
    if (!element) return undefined;
    const place = { title, heading: element };
    change([...places, place].sort((a, b) => (a.heading.compareDocumentPosition(b.heading) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1)));
    return () => { change(places.filter(p => p !== place)); };
  }, [title, heading]);
}

const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
};

/** In the order of the page. */
export const usePlaces = (): readonly Place[] => useSyncExternalStore(listen, () => places);
