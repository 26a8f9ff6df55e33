/** The one module of the page that touches the worker. */
import { proxy, wrap, type Remote } from 'comlink';
import type { TrainerApi, TrainerEvent } from '#contract/trainer.ts';

export interface Failure { name: string; message: string }

let remote: Remote<TrainerApi> | undefined;

/**
 * Starts the worker, once, and subscribes to its events.
 * `onBroken` hears of a worker that could not be loaded or died: from then on no call will ever be answered.
 */
export function connect(onEvents: (events: TrainerEvent[]) => void, onBroken: (failure: Failure) => void): void {
  if (remote) return;
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), { type: 'module', name: 'glimpse trainer' });
  worker.addEventListener('error', event => {
    const detail = event.message ? ` It said: ${event.message}` : '';
    onBroken({ name: 'WorkerError', message: `The part of the page that trains stopped working.${detail} Reload the page to start again.` });
  });
  worker.addEventListener('messageerror', () => {
    onBroken({ name: 'WorkerError', message: 'A message from the part of the page that trains could not be read. Reload the page to start again.' });
  });
  remote = wrap<TrainerApi>(worker);
  remote.subscribe(proxy(onEvents)).catch((error: unknown) => onBroken(toFailure(error)));
}

/** The worker's verbs. Throws before `connect`. */
export function trainer(): Remote<TrainerApi> {
  if (!remote) throw new Error('The trainer was called before it was started: call connect() first.');
  return remote;
}

/** What a rejected call or a thrown value says, for people. Comlink carries only name, message and stack. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Error) return { name: error.name, message: error.message || error.name };
  return { name: 'Error', message: String(error) };
}
