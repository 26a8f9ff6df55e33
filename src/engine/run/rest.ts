/** How passes over many images keep out of training's way: they rest, and let the worker's other work in between. */
import type { Pieces } from '#engine/insight/pieces.ts';
import { rest } from './best.ts';

/** Rest after a part of a pass while a run trains, in times of what the part took: with what isn't counted it stays below a tenth of the time. */
export const PASS_REST = 16;
/** The longest that the worker's other work waits for a piece of it, ms. */
const SLICE = 20;

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
