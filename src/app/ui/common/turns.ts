/**
 * Work for this thread that may come a moment later: the pictures of a view, the charts of a run. All at once it would hold the
 * page up for longer than a click may wait, so it is done piece by piece, and everything else gets its turn between them.
 */

/** Milliseconds of such work before the page has its turn. */
const SLICE = 8;

/** By what the work is for, in the order in which it is done. */
const waiting = new Map<object, () => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Newer work for the same thing takes the place of what still waits. */
export function inTurn(key: object, work: () => void): void {
  waiting.set(key, work);
  timer ??= setTimeout(turn);
}

/** The thing is gone: what waits for it won't be done. */
export function withdraw(key: object): void {
  waiting.delete(key);
}

function turn(): void {
  timer = undefined;
  const end = performance.now() + SLICE;
  try {
    for (const [key, work] of waiting) {
      waiting.delete(key);
      work();
      if (performance.now() >= end) break;
    }
  } finally {
    if (waiting.size > 0) timer = setTimeout(turn);
  }
}
