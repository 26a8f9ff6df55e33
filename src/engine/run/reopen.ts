import type { Gpu } from '#engine/gpu/device.ts';

/** Seconds between tries to get a GPU back; the last one is repeated, so that an adapter is found within 10 s of its return. */
const WAITS = [0, 1, 2, 4, 8];

/** Tries until there is a GPU again. `onTry` gets the number of the try and what the one before failed with. Throws the signal's reason. */
export async function reopen(open: () => Promise<Gpu>, signal: AbortSignal, onTry: (count: number, fault: string) => void, wait: Wait = sleep): Promise<Gpu> {
  let fault = '';
  for (let count = 1; ; count++) {
    await wait(1000 * WAITS[Math.min(count, WAITS.length) - 1]!, signal);
    signal.throwIfAborted();
    onTry(count, fault);
    try {
      return await open();
    } catch (e) {
      fault = e instanceof Error ? e.message : String(e);
    }
  }
}

type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const sleep: Wait = (ms, signal) => new Promise(resolve => {
  const end = () => {
    clearTimeout(timer);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
});
