/** What the page forbids itself beyond the policy that its host sends. */
import { ownScript } from '#lib/own-script.ts';

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): unknown;
}
/** Of the navigation API, which not every browser has. */
interface NavigateEvent extends Event { readonly destination: { readonly url: string } }

/** Whether the page would be left for another origin, its address carrying who knows what. Downloads are blobs of ours. */
export const leaves = (destination: string, base: string): boolean => new URL(destination, base).origin !== new URL(base).origin;

/**
 * Before anything starts a worker.
 *
 * Where the policy requires trusted types, text becomes neither markup nor code, since there is no rule for them, and a
 * script's address must be our own: those of our workers; the trainer's worker has the same rule for those that it starts itself. What no policy governs is shut in the page: it doesn't
 * navigate to another origin (what a person types into the address bar is not the page's affair), and it has no peer
 * connections. Code bent on it could take the latter from a frame; this stops what merely calls them.
 */
export function lockDown(): void {
  const { trustedTypes, navigation } = window as { trustedTypes?: TrustedTypes; navigation?: EventTarget };
  trustedTypes?.createPolicy('default', { createScriptURL: address => ownScript(address, document.baseURI) });
  navigation?.addEventListener('navigate', event => {
    if (leaves((event as NavigateEvent).destination.url, document.baseURI)) event.preventDefault();
  });
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'mozRTCPeerConnection']) Reflect.deleteProperty(window, name);
}
