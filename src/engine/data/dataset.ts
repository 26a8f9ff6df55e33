/** The images of a run: paths, labels, and pixels on demand. */
import type { DatasetSummary, SkippedFile } from '#contract/trainer.ts';
import { ImageReadError, messageOf } from '#lib/errors.ts';
import type { ImageCache } from './cache.ts';
import { Gate } from './gate.ts';

/** RGBA, 8 bits, row by row from the top left; on white (alpha is 255 throughout), upright. */
export interface SourceImage { width: number; height: number; data: Uint8ClampedArray }

export const DEFAULT_BUDGET_BYTES = 1 << 30;

/** Loads that may run at once when a batch is asked for. */
const CONCURRENCY = 4;

export interface DatasetSource {
  name: string;
  /** One path per image: this fixes the count and the order. */
  paths: string[];
  /** (count), the index into `classes` of each image; null when the files lie in no class folders. */
  labels: Int32Array | null;
  classes: string[];
  skipped: SkippedFile[];
  /** Files looked at, the skipped ones included. */
  files: number;
  /** Largest shorter side of a decoded image, px. */
  decodeSize: number;
  /** See `manifestHash`. */
  hash: string;
  /** Pixels of one image; called again when the image has left the cache. */
  load: (index: number, decodeSize: number) => Promise<SourceImage>;
  cache: ImageCache;
}

export class Dataset {
  readonly name: string;
  readonly count: number;
  readonly paths: readonly string[];
  readonly labels: Int32Array | null;
  readonly classes: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly files: number;
  #decodeSize: number;
  readonly hash: string;
  readonly #load: DatasetSource['load'];
  readonly #cache: ImageCache;
  readonly #gate = new Gate(CONCURRENCY);
  /** Loads under way, so that an image asked for twice at once is decoded once. */
  readonly #loading = new Map<number, Promise<SourceImage>>();
  #destroyed = false;

  constructor(source: DatasetSource) {
    this.name = source.name;
    this.count = source.paths.length;
    this.paths = source.paths;
    this.labels = source.labels;
    this.classes = source.classes;
    this.skipped = source.skipped;
    this.files = source.files;
    this.#decodeSize = source.decodeSize;
    this.hash = source.hash;
    this.#load = source.load;
    this.#cache = source.cache;
  }

  /** Largest shorter side of a decoded image, px. */
  get decodeSize(): number {
    return this.#decodeSize;
  }

  /** Decodes anew, as images are asked for, where what is held is too small for `size` or over twice as large. */
  fitDecodeSize(size: number): void {
    if (size <= this.#decodeSize && this.#decodeSize <= 2 * size) return;
    this.#decodeSize = size;
    this.#cache.clear();
  }

  /** Bytes of decoded pixels held in memory now. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /**
   * The images at `indices`, in that order; repeats are allowed. The pixels are shared with the cache:
   * read them, never write. Throws a RangeError for an index outside the dataset and an ImageReadError
   * when a file can't be read any more.
   */
  images(indices: readonly number[]): Promise<SourceImage[]> {
    return Promise.all(indices.map(index => this.#image(index)));
  }

  summary(): DatasetSummary {
    const counts = new Array<number>(this.classes.length).fill(0);
    for (const label of this.labels ?? []) counts[label] = (counts[label] ?? 0) + 1;
    return {
      name: this.name,
      count: this.count,
      files: this.files,
      classes: this.classes.map((name, i) => ({ name, count: counts[i] ?? 0 })),
      skipped: [...this.skipped],
      bytes: this.bytes,
      hash: this.hash,
    };
  }

  /** Frees the pixels; the dataset can't serve images afterwards. */
  destroy(): void {
    this.#destroyed = true;
    this.#cache.clear();
  }

  async #image(index: number): Promise<SourceImage> {
    if (this.#destroyed) throw new ImageReadError(`The dataset "${this.name}" was replaced; ask the one in use for images.`);
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw new RangeError(`There is no image ${index} in "${this.name}": expected a whole number from 0 to ${this.count - 1}.`);
    }
    const held = this.#cache.get(index);
    if (held) return held;
    const underWay = this.#loading.get(index);
    if (underWay) return underWay;
    const loading = this.#gate.run(1, () => this.#fetch(index)).finally(() => this.#loading.delete(index));
    this.#loading.set(index, loading);
    return loading;
  }

  async #fetch(index: number): Promise<SourceImage> {
    let image: SourceImage;
    try {
      image = await this.#load(index, this.#decodeSize);
    } catch (thrown) {
      throw new ImageReadError(`"${this.paths[index]}" can't be read any more: ${messageOf(thrown)} If it was moved or changed, add the images again.`);
    }
    if (!this.#destroyed) this.#cache.put(index, image);
    return image;
  }
}

/**
 * A name for a set of files that doesn't depend on their order: SHA-256 in hex over the sorted lines
 * "path NUL size LF".
 */
export async function manifestHash(files: readonly { path: string; size: number }[]): Promise<string> {
  const lines = files.map(({ path, size }) => `${path}\0${size}\n`).sort();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('')));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
