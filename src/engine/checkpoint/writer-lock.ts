/**
 * One tab writes. The lock belongs to the worker that asked for it and falls to the next when that one gives it back or ends,
 * however it ends.
 */

export interface WriterLock {
  /** Resolves when another may have it. */
  release(): Promise<void>;
}

const NAME = 'glimpse-writer';

/** The lock, or null where another tab has it and keeps it for so many milliseconds: then the store is to be opened read-only. */
export function holdWriterLock(name = NAME, patience = 0): Promise<WriterLock | null> {
  return patience > 0 ? hold(name, { signal: AbortSignal.timeout(patience) }).catch(() => null) : hold(name, { ifAvailable: true });
}

/** Waits until the other tab is gone. Rejects with the signal's reason when it is aborted before. */
export async function waitForWriterLock(signal?: AbortSignal, name = NAME): Promise<WriterLock> {
  return (await hold(name, signal ? { signal } : {}))!;
}

function hold(name: string, options: LockOptions): Promise<WriterLock | null> {
  return new Promise((resolve, reject) => {
    const over = Promise.withResolvers<void>();
    const held = navigator.locks.request(name, options, async lock => {
      resolve(lock && { release: async () => { over.resolve(); await held; } });
      if (lock) await over.promise;
    });
    held.catch(reject);
  });
}
