/** How passes over many images keep out of training's way: they rest, and let the worker's other work in between. */
import type { Pieces } from '#engine/insight/pieces.ts';

/** Rest after a part of a pass while a run trains, in times of what the part took: a tenth of the time is the pass's. */
export const PASS_REST = 9;
/** The longest that the worker's other work waits for a piece of it, ms. */
const SLICE = 20;

const GLANCE = 100;

/** Waits so long, or until it isn't needed any more; throws the signal's reason when it is aborted before or meanwhile. */
export async function rest(ms: number, signal: AbortSignal, needed: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  signal.throwIfAborted();
  while (needed() && performance.now() < end) {
    await new Promise(resolve => { setTimeout(resolve, Math.min(GLANCE, Math.max(0, end - performance.now()))); });
    signal.throwIfAborted();
  }
}

/** Work on the processor, in slices; while `needed` it rests after each. Throws the signal's reason when it is aborted. */
export async function leisurely<T>(work: Pieces<T>, signal: AbortSignal, needed: () => boolean): Promise<T> {
  for (;;) {
    const start = performance.now();
    let piece = work.next();
    while (!piece.done && performance.now() - start < SLICE) piece = work.next();
    if (piece.done) return piece.value;
    await new Promise(resolve => { setTimeout(resolve); });
    await rest(PASS_REST * (performance.now() - start), signal, needed);
  }
}
