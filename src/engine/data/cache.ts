import type { SourceImage } from './dataset.ts';

/**
 * Decoded images within a budget of bytes. What is held stays: every epoch asks for every image once, in a new order, so the one
 * not asked for the longest is the one most likely to come next, and a cache that dropped it would seldom have what is wanted.
 */
export class ImageCache {
  /** Bytes of pixels held. */
  bytes = 0;
  /** Bytes of pixels that may be held. */
  readonly budget: number;
  readonly #images = new Map<number, SourceImage>();

  constructor(budget: number) {
    this.budget = budget;
  }

  get(index: number): SourceImage | undefined {
    return this.#images.get(index);
  }

  has(index: number): boolean {
    return this.#images.has(index);
  }

  /** Kept if there is room. */
  put(index: number, image: SourceImage): void {
    const before = this.#images.get(index)?.data.byteLength ?? 0;
    if (this.bytes - before + image.data.byteLength > this.budget) return;
    this.#images.set(index, image);
    this.bytes += image.data.byteLength - before;
  }

  /** The same images under other indices; this one is empty afterwards. */
  renumbered(indexOf: (index: number) => number): ImageCache {
    const cache = new ImageCache(this.budget);
    for (const [index, image] of this.#images) cache.put(indexOf(index), image);
    this.clear();
    return cache;
  }

  clear(): void {
    this.#images.clear();
    this.bytes = 0;
  }
}
