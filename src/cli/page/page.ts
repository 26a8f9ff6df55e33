import type { Outcome } from './protocol.ts';

/** The bytes of file `index` of the command line. */
export async function fetchFile(index: number, path: string): Promise<Blob> {
  const response = await fetch(`/__files/${index}`).catch(() => null);
  if (!response?.ok) throw fault('UserError', `Can't read ${path}: it was moved, removed or closed to reading after the start.`);
  return response.blob();
}

/** Rejects when the worker's script can't be loaded or ends in an error that nothing caught: calls to it would wait for ever. */
export function failureOf(worker: Worker): Promise<never> {
  return new Promise((_, reject) => {
    worker.addEventListener('error', event => {
      event.preventDefault();
      reject(fault('WorkerError', `The worker failed: ${event.message || 'its script could not be loaded'}${event.filename ? ` (${event.filename}:${event.lineno})` : ''}.`));
    });
  });
}

export async function outcome<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work };
  } catch (thrown) {
    const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { ok: false, name, message: message || name, stack: stack ?? `${name}: ${message}` };
  }
}

export function fault(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
