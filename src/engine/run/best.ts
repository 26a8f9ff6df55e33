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
