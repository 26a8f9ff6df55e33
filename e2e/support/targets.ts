/** Page, training worker and service worker as the DevTools protocol shows them: what they ask for, and what the policy refuses them. */
import type { CDPSession, Page } from '@playwright/test';

export interface Seen { where: string; what: string; url: string }

export interface Targets {
  /** Requests, sockets and transports of all, refused or not; blobs left out. */
  asked: Seen[];
  /** What the browser says of its refusals. */
  refused: { where: string; text: string }[];
  kinds: Set<string>;
  /** Those off the page's own origin. */
  elsewhere(origin: string): Seen[];
}

interface Entry { method?: string; params?: { url?: string; request?: { url: string }; type?: string; entry?: { source: string; text: string } } }

function note(seen: Targets, where: string, { method, params }: Entry): void {
  if (method === 'Network.requestWillBeSent') seen.asked.push({ where, what: params!.type ?? 'request', url: params!.request!.url });
  else if (method === 'Network.webSocketCreated') seen.asked.push({ where, what: 'WebSocket', url: params!.url! });
  else if (method === 'Network.webTransportCreated') seen.asked.push({ where, what: 'WebTransport', url: params!.url! });
  else if (method === 'Log.entryAdded' && params!.entry!.source === 'security') seen.refused.push({ where, text: params!.entry!.text });
}

/** Before the page is opened. Workers are held at their first line until they are watched. */
export async function watchTargets(page: Page): Promise<Targets> {
  const seen: Targets = {
    asked: [], refused: [], kinds: new Set(['page']),
    elsewhere: origin => seen.asked.filter(({ url }) => !/^(?:blob|data|about):/.test(url) && new URL(url).origin !== origin),
  };
  const session: CDPSession = await page.context().newCDPSession(page);
  for (const method of ['Network.requestWillBeSent', 'Network.webSocketCreated', 'Network.webTransportCreated', 'Log.entryAdded'] as const) {
    session.on(method, params => { note(seen, 'page', { method, params: params as NonNullable<Entry['params']> }); });
  }
  await session.send('Network.enable');
  await session.send('Log.enable');
  const names = new Map<string, string>();
  let id = 0;
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    names.set(sessionId, targetInfo.type);
    seen.kinds.add(targetInfo.type);
    for (const method of ['Network.enable', 'Log.enable', 'Runtime.runIfWaitingForDebugger']) {
      // A worker that has ended meanwhile needs no watch.
      session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: ++id, method }) }).catch(() => {});
    }
  });
  session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => { note(seen, names.get(sessionId)!, JSON.parse(message) as Entry); });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: false });
  return seen;
}
