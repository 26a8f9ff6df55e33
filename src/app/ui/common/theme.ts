import { useLayoutEffect, useSyncExternalStore } from 'react';
import { useStore } from '#app/store/store.ts';

const dark = matchMedia('(prefers-color-scheme: dark)');
const watch = (changed: () => void) => {
  dark.addEventListener('change', changed);
  return () => { dark.removeEventListener('change', changed); };
};

/** Which of the two is in force: the chosen one, or the system's. */
export function useColourScheme(): 'light' | 'dark' {
  const theme = useStore(s => s.theme);
  const system = useSyncExternalStore(watch, () => (dark.matches ? 'dark' : 'light'));
  return theme === 'system' ? system : theme;
}

/**
 * Puts the choice on the page's root element, where the style sheet reads it: in a layout effect, so before the effects in
 * which charts read their colours.
 */
export function useThemeAttribute(): void {
  const theme = useStore(s => s.theme);
  useLayoutEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
  }, [theme]);
}
