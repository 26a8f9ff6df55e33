import { useEffect } from 'react';

/** What is used of the screen's wake lock; a browser may have none, and may refuse (low battery). */
export interface WakeLocks {
  request(type: 'screen'): Promise<{ release(): Promise<void>; readonly released: boolean }>;
}
export interface Visibility extends EventTarget { readonly visibilityState: DocumentVisibilityState }

/**
 * Keeps the machine from going to sleep until the returned function is called. The browser takes the lock away whenever
 * the page is hidden, so it is asked for anew when the page is seen again. A refusal changes nothing but that.
 */
export function keepAwake(locks: WakeLocks | undefined, page: Visibility): () => void {
  if (!locks) return () => {};
  let over = false;
  let asking = false;
  let held: Awaited<ReturnType<WakeLocks['request']>> | null = null;
  const ask = async () => {
    if (over || asking || page.visibilityState !== 'visible' || (held && !held.released)) return;
    asking = true;
    try {
      held = await locks.request('screen');
      if (over) await held.release();
    } catch {
      held = null;
    } finally {
      asking = false;
    }
  };
  const changed = () => { void ask(); };
  page.addEventListener('visibilitychange', changed);
  void ask();
  return () => {
    over = true;
    page.removeEventListener('visibilitychange', changed);
    // Already gone is as good.
    if (held && !held.released) held.release().catch(() => {});
  };
}

export function useWakeLock(active: boolean): void {
  useEffect(() => (active ? keepAwake((navigator as { wakeLock?: WakeLocks }).wakeLock, document) : undefined), [active]);
}
