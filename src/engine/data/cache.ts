import type { SourceImage } from './dataset.ts';

/** Decoded images within a budget of bytes; the one not asked for the longest leaves first. */
export class ImageCache {
  /** Bytes of pixels held. */
  bytes = 0;
  readonly #budget: number;
  /** A Map keeps its order of insertion, so the first key is the oldest. */
  readonly #images = new Map<number, SourceImage>();

  /** @param budget bytes of pixels that may be held */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get(index: number): SourceImage | undefined {
    const image = this.#images.get(index);
    if (image) {
      this.#images.delete(index);
      this.#images.set(index, image);
    }
    return image;
  }

  /** An image larger than the whole budget isn't kept. */
  put(index: number, image: SourceImage): void {
    this.#drop(index);
    if (image.data.byteLength > this.#budget) return;
    for (const oldest of this.#images.keys()) {
      if (this.bytes + image.data.byteLength <= this.#budget) break;
      this.#drop(oldest);
    }
    this.#images.set(index, image);
    this.bytes += image.data.byteLength;
  }

  /** The same images under other indices, from the oldest to the newest as before. */
  renumbered(indexOf: (index: number) => number): ImageCache {
    const cache = new ImageCache(this.#budget);
    for (const [index, image] of this.#images) cache.put(indexOf(index), image);
    return cache;
  }

  clear(): void {
    this.#images.clear();
    this.bytes = 0;
  }

  #drop(index: number): void {
    const image = this.#images.get(index);
    if (!image) return;
    this.#images.delete(index);
    this.bytes -= image.data.byteLength;
  }
}
