/** Small parts of a search: the best of what was compared so far, and a rest. */

export interface Best { index: number; patch: number; similarity: number }

const FOUND = 12;

/** The best patch of each image of a batch that starts at image `first`; similarity (images, patches), those from `total` on are filling. */
export function bestOfEach(similarity: Float32Array, first: number, total: number, patches: number): Best[] {
  const images = Math.min(similarity.length / patches, total - first);
  return Array.from({ length: images }, (_, i) => {
    let patch = 0;
    for (let p = 1; p < patches; p++) if (similarity[i * patches + p]! > similarity[i * patches + patch]!) patch = p;
    return { index: first + i, patch, similarity: similarity[i * patches + patch]! };
  });
}

/** The dozen most alike of both, the most alike first; of equals the earlier image. */
export function better(best: readonly Best[], more: readonly Best[]): Best[] {
  return [...best, ...more].sort((a, b) => b.similarity - a.similarity || a.index - b.index).slice(0, FOUND);
}

/** Waits; throws the signal's reason when it is aborted before or meanwhile. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
