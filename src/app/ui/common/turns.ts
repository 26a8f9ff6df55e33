/**
 * Painting that may come a moment later: the pictures of a view, the charts of a run. All at once it would hold the page up for
 * longer than a click may wait, so it is done piece by piece, and everything else gets its turn between them.
 */

/** Milliseconds of painting before the page has its turn. */
const SLICE = 8;

/** By what is painted, in the order in which it is done. */
const waiting = new Map<Element, () => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Paints the element soon, which is marked as busy until then. Newer work takes the place of what still waits for it. */
export function inTurn(element: Element, paint: () => void): void {
  element.setAttribute('aria-busy', 'true');
  waiting.set(element, paint);
  timer ??= setTimeout(turn);
}

/** The element is gone: what waits for it won't be done. */
export function withdraw(element: Element): void {
  waiting.delete(element);
}

function turn(): void {
  timer = undefined;
  const end = performance.now() + SLICE;
  try {
    for (const [element, paint] of waiting) {
      waiting.delete(element);
      element.removeAttribute('aria-busy');
      paint();
      if (performance.now() >= end) break;
    }
  } finally {
    if (waiting.size > 0) timer = setTimeout(turn);
  }
}
