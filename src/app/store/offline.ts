/** The service worker as the page sees it: whether the page starts without a network, and whether a newer version lies ready. */
import { create } from 'zustand';

interface Offline {
  /** All files are kept on this machine. */
  kept: boolean;
  /** A newer version than this page's is kept: the next load takes it. */
  newer: boolean;
}

export const useOffline = create<Offline>()(() => ({ kept: false, newer: false }));

/** Between two looks for a newer version in a tab that stays open. */
const LOOK_AGAIN = 3_600_000;

/** What the build wrote into the page's head. */
const ownVersion = (): string | undefined => document.querySelector<HTMLMetaElement>('meta[name="version"]')?.content;

/** Registers the service worker of the built page. Without one (no https, storage refused) everything but offline use works. */
export async function keepOffline(): Promise<void> {
  const container = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  const version = ownVersion();
  if (!container || version === undefined) return;
  container.addEventListener('message', (event: MessageEvent<{ version?: string }>) => {
    if (event.data.version !== undefined && event.data.version !== version) useOffline.setState({ newer: true });
  });
  container.startMessages();
  try {
    const registration = await container.register(new URL('service-worker.js', document.baseURI).href, { updateViaCache: 'none' });
    await container.ready;
    useOffline.setState({ kept: true });
    lookNowAndThen(registration);
  } catch {
    // A browser that refuses (a private window, storage turned off) needs the network at each start: no reason to alarm anybody.
  }
}

function lookNowAndThen(registration: ServiceWorkerRegistration): void {
  let last = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || performance.now() - last < LOOK_AGAIN) return;
    last = performance.now();
    // Without a network there is nothing newer to be had.
    registration.update().catch(() => {});
  });
}
