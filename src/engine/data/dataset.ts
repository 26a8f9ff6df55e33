/** The images of a run: paths, labels, and pixels on demand. */
import { SKIPPED_SHOWN } from '#contract/trainer.ts';
import type { DatasetSummary, SkippedFile } from '#contract/trainer.ts';
import { ImageReadError, messageOf } from '#lib/errors.ts';
import type { ImageCache } from './cache.ts';

/** RGBA, 8 bits, row by row from the top left; on white (alpha is 255 throughout), upright. */
export interface SourceImage { width: number; height: number; data: Uint8ClampedArray }

export const DEFAULT_BUDGET_BYTES = 1 << 30;

/** Images decoded ahead and not asked for yet. */
const MOST_AHEAD = 1024;
/** Images in a row tried in place of one that can't be read: then the whole folder is likely gone. */
const MOST_TRIES = 32;

/** What is known of every pixel, of pictures that are drawn rather than taken. */
export interface Truth {
  /** Names by part; part 0 is the background. */
  parts: readonly string[];
  /** The class that each part belongs to; -1 for the background. */
  classOf: readonly number[];
  /** The class of picture `index`, which may lie beyond the dataset: there are more of their sort without end. */
  labelOf: (index: number) => number;
  /** Such a picture, `size` px per side. */
  draw: (index: number, size: number) => KnownPicture;
}

export interface KnownPicture {
  image: SourceImage;
  /** (size, size): the part that covers most of each pixel. */
  parts: Uint8Array;
}

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
  /** Files passed over in silence. */
  ignored: number;
  /** Of the images in their files. */
  sizes: DatasetSummary['sizes'];
  /** Largest shorter side of a decoded image, px. */
  decodeSize: number;
  /** See `manifestHash`. */
  hash: string;
  /** Pixels of one image; called again when the cache had no room for it. */
  load: (index: number, decodeSize: number) => Promise<SourceImage>;
  cache: ImageCache;
  truth?: Truth;
}

export class Dataset {
  readonly name: string;
  readonly count: number;
  readonly paths: readonly string[];
  readonly labels: Int32Array | null;
  readonly classes: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly files: number;
  readonly ignored: number;
  readonly hash: string;
  readonly sizes: DatasetSummary['sizes'];
  /** Null for images that come as files. */
  readonly truth: Truth | null;
  /** Called once for each image that `batch` found unreadable. */
  onLost: (file: SkippedFile) => void = () => {};
  #decodeSize: number;
  readonly #load: DatasetSource['load'];
  readonly #cache: ImageCache;
  /** Loads under way or done ahead of their use, so that an image is decoded once however often it is asked for meanwhile. */
  readonly #loading = new Map<number, Promise<SourceImage>>();
  readonly #ahead = new Map<number, Promise<SourceImage>>();
  readonly #lost = new Set<number>();
  #destroyed = false;

  constructor(source: DatasetSource) {
    this.name = source.name;
    this.count = source.paths.length;
    this.paths = source.paths;
    this.labels = source.labels;
    this.classes = source.classes;
    this.skipped = source.skipped;
    this.files = source.files;
    this.ignored = source.ignored;
    this.#decodeSize = source.decodeSize;
    this.hash = source.hash;
    this.sizes = source.sizes;
    this.truth = source.truth ?? null;
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
    this.#loading.clear();
    this.#ahead.clear();
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

  /**
   * As `images`, for training: in place of one that can't be read any more, because it was moved or changed, comes the next in
   * the order of the paths that can, from then on always the same. Throws an ImageReadError where none can.
   */
  async batch(indices: readonly number[]): Promise<SourceImage[]> {
    return Promise.all(indices.map(index => this.#imageOrNext(index)));
  }

  /** Begins to decode what `batch` will be asked for next; what was begun for an earlier call and not in `indices` is dropped. */
  prefetch(indices: readonly number[]): void {
    const wanted = new Set(indices.slice(0, MOST_AHEAD));
    for (const index of this.#ahead.keys()) if (!wanted.has(index)) this.#ahead.delete(index);
    for (const index of wanted) {
      if (this.#destroyed || this.#cache.has(index) || this.#ahead.has(index) || this.#lost.has(index)) continue;
      const loading = this.#image(index);
      // Whoever asks for it hears of a failure.
      loading.catch(() => {});
      this.#ahead.set(index, loading);
    }
  }

  summary(): DatasetSummary {
    const counts = new Array<number>(this.classes.length).fill(0);
    for (const label of this.labels ?? []) counts[label] = (counts[label] ?? 0) + 1;
    return {
      name: this.name,
      hash: this.hash,
      count: this.count,
      files: this.files,
      ignored: this.ignored,
      sizes: this.sizes,
      classes: this.classes.map((name, i) => ({ name, count: counts[i] ?? 0 })),
      skipped: this.skipped.slice(0, SKIPPED_SHOWN),
      skippedCount: this.skipped.length,
      bytes: this.bytes,
      budget: this.#cache.budget,
    };
  }

  /** Frees the pixels; the dataset can't serve images afterwards. */
  destroy(): void {
    this.#destroyed = true;
    this.#cache.clear();
    this.#ahead.clear();
  }

  async #imageOrNext(index: number): Promise<SourceImage> {
    let failure: unknown;
    for (let tries = 0, at = index; tries < Math.min(MOST_TRIES, this.count); at = (at + 1) % this.count) {
      if (this.#lost.has(at)) {
        // All of them: what is tried again may have come back.
        if (this.#lost.size === this.count) this.#lost.clear();
        continue;
      }
      tries++;
      try {
        return await this.#image(at);
      } catch (thrown) {
        if (!(thrown instanceof ImageReadError) || this.#destroyed) throw thrown;
        failure = thrown;
        if (this.#lost.has(at)) continue;
        this.#lost.add(at);
        this.onLost({ path: this.paths[at]!, reason: thrown.message });
      }
    }
    this.#lost.clear();
    throw new ImageReadError(`Image after image of "${this.name}" can't be read any more. Was the folder moved, or its drive taken out? Bring it back to where it was and continue, or stop and add the images again. The last: ${messageOf(failure)}`);
  }

  async #image(index: number): Promise<SourceImage> {
    if (this.#destroyed) throw new ImageReadError(`The dataset "${this.name}" was replaced; ask the one in use for images.`);
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw new RangeError(`There is no image ${index} in "${this.name}": expected a whole number from 0 to ${this.count - 1}.`);
    }
    const held = this.#cache.get(index);
    if (held) return held;
    const ahead = this.#ahead.get(index);
    if (ahead) {
      this.#ahead.delete(index);
      return ahead;
    }
    const underWay = this.#loading.get(index);
    if (underWay) return underWay;
    const loading = this.#fetch(index).finally(() => {
      if (this.#loading.get(index) === loading) this.#loading.delete(index);
    });
    this.#loading.set(index, loading);
    return loading;
  }

  async #fetch(index: number): Promise<SourceImage> {
    const size = this.#decodeSize;
    let image: SourceImage;
    try {
      image = await this.#load(index, size);
    } catch (thrown) {
      throw new ImageReadError(`"${this.paths[index]}" can't be read any more: ${messageOf(thrown)} If it was moved or changed, add the images again.`);
    }
    if (!this.#destroyed && size === this.#decodeSize) this.#cache.put(index, image);
    return image;
  }
}

/**
 * A name for a set of files that doesn't depend on their order: SHA-256 in hex over the sorted lines
 * "path NUL size LF". Folders around all of them are left out of the paths, so that it makes no difference
 * whether a folder, what is in it or a zip archive of either was given.
 */
export async function manifestHash(files: readonly { path: string; size: number }[]): Promise<string> {
  const skip = commonFolders(files.map(({ path }) => path));
  const lines = files.map(({ path, size }) => `${path.slice(skip)}\0${size}\n`).sort();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('')));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}

/** How many characters the folders around all `paths` take, the last slash included. */
function commonFolders(paths: readonly string[]): number {
  let common = paths[0] ?? '';
  common = common.slice(0, common.lastIndexOf('/') + 1);
  for (const path of paths) {
    while (!path.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common.length;
}
