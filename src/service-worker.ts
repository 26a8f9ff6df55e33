/**
 * Keeps the built page's files, so that it starts without a network, and lets no request to another origin through.
 * A version is a cache of its own, filled as a whole or not at all. The page itself comes from its host while that answers:
 * so the next load is the newest version, and an address that serves something else by now shows that. All else comes
 * from the caches. The version before is kept for tabs that were opened with it. No imports: every browser takes it as it is.
 */
import type { Shell } from '#build/shell.ts';

declare const SHELL: Shell;

const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = 'glimpse-page-';
const CACHE = PREFIX + SHELL.version;
/** Milliseconds the host has to answer before the page comes from the cache. */
const PATIENCE = 4000;

const address = (path: string): string => new URL(path, worker.registration.scope).href;

/** As it lies in the cache: with the headers that a host should send, whether this one does or not. */
async function withHeaders(response: Response): Promise<Response> {
  const type = response.headers.get('Content-Type');
  return new Response(await response.arrayBuffer(), { headers: { ...(type ? { 'Content-Type': type } : {}), ...SHELL.headers } });
}

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(SHELL.files.map(async ({ path, integrity }) => {
      const response = await fetch(address(path), { integrity, cache: 'no-cache' });
      if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
      await cache.put(address(path), await withHeaders(response));
    }));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

/** Deletes all but this version and the newest before it. */
async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter(name => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.slice(0, -1).map(name => caches.delete(name)));
}

/** Tells open pages, so that those of another version can say so. */
async function announce(): Promise<void> {
  for (const client of await worker.clients.matchAll({ type: 'window' })) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a client is always of this origin
    client.postMessage({ version: SHELL.version });
  }
}

async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(address('index.html'));
  if (!kept) return fetch(request);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Response>(resolve => { timer = setTimeout(() => resolve(kept), PATIENCE); });
  const fresh = fetch(request).then(response => (response.status < 500 ? response : kept), () => kept);
  const answer = await Promise.race([fresh, late]);
  clearTimeout(timer);
  return answer;
}

async function part(request: Request): Promise<Response> {
  const own = await (await caches.open(CACHE)).match(request, { ignoreVary: true });
  return own ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

worker.addEventListener('install', event => { event.waitUntil(fill().then(() => worker.skipWaiting())); });
worker.addEventListener('activate', event => { event.waitUntil(tidy().then(() => worker.clients.claim()).then(announce)); });
worker.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  // Also where a host sends no policy. Navigations to other origins don't come by here.
  if (url.origin !== worker.location.origin) event.respondWith(Response.error());
  else if (request.method !== 'GET') return;
  else if (request.mode !== 'navigate') event.respondWith(part(request));
  // Whatever follows: settings travel in the fragment.
  else if (['', 'index.html'].some(path => url.pathname === new URL(address(path)).pathname)) event.respondWith(page(request));
});
