/** The one module of the page that touches the worker. */
import { proxy, wrap, type Remote } from 'comlink';
import type { TrainerApi, TrainerEvent } from '#contract/trainer.ts';

export interface Failure { name: string; message: string }

let current: { worker: Worker; remote: Remote<TrainerApi> } | undefined;

/**
 * Starts the worker, in place of the one before, and subscribes to its events.
 * `onBroken` hears of a worker that could not be loaded or died: from then on no call will ever be answered.
 */
export function connect(onEvents: (events: TrainerEvent[]) => void, onBroken: (failure: Failure) => void): void {
  current?.worker.terminate();
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), { type: 'module', name: 'glimpse trainer' });
  worker.addEventListener('error', event => {
    const detail = event.message ? ` It said: ${event.message}` : '';
    broken(`The part of the page that trains stopped working.${detail}`);
  });
  worker.addEventListener('messageerror', () => { broken('A message from the part of the page that trains could not be read.'); });
  // Of a worker that was replaced nothing counts any more.
  const broken = (message: string) => { if (current?.worker === worker) onBroken({ name: 'WorkerError', message }); };
  const heard = (events: TrainerEvent[]) => { if (current?.worker === worker) onEvents(events); };
  const remote = wrap<TrainerApi>(worker);
  current = { worker, remote };
  remote.subscribe(proxy(heard)).catch((error: unknown) => { broken(toFailure(error).message); });
}

/** The worker's verbs. Throws before `connect`. */
export function trainer(): Remote<TrainerApi> {
  if (!current) throw new Error('The trainer was called before it was started: call connect() first.');
  return current.remote;
}

/** What a rejected call or a thrown value says, for people. Comlink carries only name, message and stack. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Error) return { name: error.name, message: error.message || error.name };
  return { name: 'Error', message: String(error) };
}
