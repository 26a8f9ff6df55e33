import type { CDPSession, Page } from 'playwright';

/** Between two looks, ms. */
const INTERVAL = 500;

/** The largest sum of the JavaScript heaps of a page and of all its workers, their workers included, in bytes. */
export interface HeapWatch {
  stop: () => Promise<number>;
}

/**
 * Looks at the heaps twice a second. Chromium's protocol reaches workers through the page that started them: every message for
 * one travels inside a message for the one above it.
 */
export async function watchHeap(page: Page): Promise<HeapWatch> {
  const session = await page.context().newCDPSession(page);
  const root = target((method, params) => session.send(method as 'Runtime.enable', params as undefined) as Promise<unknown>);
  session.on('Target.attachedToTarget', event => { root.attach(event.sessionId); });
  session.on('Target.detachedFromTarget', event => { root.workers.delete(event.sessionId); });
  session.on('Target.receivedMessageFromTarget', event => { root.receive(event.sessionId, event.message); });
  await root.listen();
  let peak = 0;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => { peak = Math.max(peak, await root.heap()); };
  const timer = setInterval(() => { looking = looking.then(look).catch(() => {}); }, INTERVAL);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
      await look().catch(() => {});
      await detach(session);
      return peak;
    },
  };
}

async function detach(session: CDPSession): Promise<void> {
  await session.detach().catch(() => {});
}

type Send = (method: string, params?: object) => Promise<unknown>;
interface Target {
  workers: Map<string, { target: Target; answer: (message: string) => void }>;
  listen: () => Promise<void>;
  attach: (id: string) => void;
  receive: (id: string, message: string) => void;
  /** Bytes used here and in the workers below. */
  heap: () => Promise<number>;
}

function target(send: Send): Target {
  const workers: Target['workers'] = new Map();
  const self: Target = {
    workers,
    listen: async () => { await send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false }); },
    attach: id => {
      const waiting = new Map<number, (result: unknown) => void>();
      let ids = 0;
      const child = target((method, params) => new Promise((resolve, reject) => {
        const message = { id: ++ids, method, params: params ?? {} };
        waiting.set(message.id, resolve);
        send('Target.sendMessageToTarget', { sessionId: id, message: JSON.stringify(message) }).catch(reject);
      }));
      const answer = (text: string) => {
        const message = JSON.parse(text) as { id?: number; result?: unknown; method?: string; params?: { sessionId: string; message: string } };
        if (message.id !== undefined) waiting.get(message.id)?.(message.result);
        else if (message.method === 'Target.attachedToTarget') child.attach(message.params!.sessionId);
        else if (message.method === 'Target.detachedFromTarget') child.workers.delete(message.params!.sessionId);
        else if (message.method === 'Target.receivedMessageFromTarget') child.receive(message.params!.sessionId, message.params!.message);
      };
      workers.set(id, { target: child, answer });
      child.listen().catch(() => {});
    },
    receive: (id, message) => { workers.get(id)?.answer(message); },
    heap: async () => {
      const own = await send('Runtime.getHeapUsage') as { usedSize?: number; embedderHeapUsedSize?: number } | undefined;
      const below = await Promise.all([...workers.values()].map(w => w.target.heap()));
      return below.reduce((sum, bytes) => sum + bytes, (own?.usedSize ?? 0) + (own?.embedderHeapUsedSize ?? 0));
    },
  };
  return self;
}
