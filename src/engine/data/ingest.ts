/** Files as they come to a dataset: what can't be used is listed with its reason and stops nothing. */
import type { DatasetSummary, FileFate, IngestProgress, SkippedFile, SourceFile } from '#contract/trainer.ts';
import { EmptyDatasetError, UnusableImageError, messageOf } from '#lib/errors.ts';
import { ImageCache } from './cache.ts';
import { DEFAULT_BUDGET_BYTES, Dataset, manifestHash } from './dataset.ts';
import type { SourceImage } from './dataset.ts';
import type { DecodedImage } from './decode.ts';
import { decodeInPool, poolSize } from './decode-pool.ts';
import { isIgnored } from './ignore.ts';
import { labelsOf } from './labels.ts';
import { byCodeUnit, distinct } from './paths.ts';
import { listZip, ZIP_LIMITS, type ZipLimits, type ZipUse } from './zip.ts';

export interface IngestOptions {
  /** Images are kept with the shorter side at most this, px. */
  decodeSize: number;
  /** Bytes of decoded pixels kept in memory; beyond it images are decoded again when asked for. Default 1 GiB. */
  budgetBytes?: number;
  signal?: AbortSignal;
  /** Called about ten times a second and at the end. */
  onProgress?: (progress: IngestProgress) => void;
  /** Called for each image as it is decoded, in no order. */
  onImage?: (path: string, image: SourceImage) => void;
  /** Decodes one file; throws with the reason when it can't. */
  decode?: (blob: Blob, decodeSize: number) => Promise<DecodedImage>;
  zipLimits?: ZipLimits;
}

/** One file to look at, in the order in which they were found. */
interface Candidate {
  order: number;
  path: string;
  /** The archive that it lies in; '' for a file by itself. */
  archive: string;
  size: number;
  read: () => Promise<Blob>;
}

interface Used extends Candidate { width: number; height: number }
interface Skipped { path: string; archive: string; reason: string }

const PROGRESS_INTERVAL_MS = 100;
/** Entries of an archive waiting to be looked at: its list isn't read further meanwhile. */
const MOST_WAITING = 2000;

/** All files at once. See `Ingest`. */
export async function ingestFiles(name: string, files: readonly SourceFile[], options: IngestOptions): Promise<Dataset> {
  const ingest = new Ingest(options);
  ingest.add(files);
  return ingest.finish(name);
}

/** Takes files in portions and decodes each once, from the first on; `finish` makes the dataset of those that can be used. */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #decode: NonNullable<IngestOptions['decode']>;
  readonly #cache: ImageCache;
  /** Read from #next on. */
  #queue: Candidate[] = [];
  #next = 0;
  #busy = 0;
  #order = 0;
  readonly #lanes: number;
  /** Archives are listed one after the other. */
  #listing: Promise<void> = Promise.resolve();
  #listings = 0;
  readonly #zipUse: ZipUse = { entries: 0, bytes: 0 };
  /** Archives that were opened, and how many files are in each. */
  readonly #archives = new Map<string, number>();
  #used: Used[] = [];
  readonly #skipped: Skipped[] = [];
  readonly #ignored: string[] = [];
  readonly #progress = { done: 0, total: 0, used: 0, skipped: 0 };
  /** No more files come. */
  #ended = false;
  #reported = -Infinity;
  /** Resolved at each file done: who waits looks whether it is what they wait for. */
  #waiting: (() => void)[] = [];
  #fates: { used: FileFate[]; skipped: FileFate[]; ignored: FileFate[] } | null = null;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#decode = options.decode ?? decodeInPool;
    this.#cache = new ImageCache(options.budgetBytes ?? DEFAULT_BUDGET_BYTES);
    // Enough to keep the pool's workers busy; the pool limits the pixels in hand by itself.
    this.#lanes = 2 * poolSize() + 2;
    options.signal?.addEventListener('abort', () => this.#wake());
  }

  /** Throws the signal's reason when it is aborted. */
  add(files: readonly SourceFile[]): void {
    this.#options.signal?.throwIfAborted();
    for (const { path, file } of files) {
      if (isIgnored(path)) this.#ignored.push(path);
      else if (/\.zip$/i.test(path)) this.#open(path, file);
      else this.#push({ order: this.#order++, path, archive: '', size: file.size, read: async () => file });
    }
    this.#report(false);
  }

  /**
   * The dataset, in the order of the paths, once all files have been looked at. `unreadable` are listed with those skipped.
   * Throws the signal's reason when it is aborted, an EmptyDatasetError when no file can be used.
   */
  async finish(name: string, unreadable: readonly SkippedFile[] = []): Promise<Dataset> {
    const { signal } = this.#options;
    for (const file of unreadable) this.#skip(file.path, '', file.reason);
    this.#ended = true;
    while (this.#working) await this.#change();
    signal?.throwIfAborted();
    this.#report(true);
    return this.#build(name);
  }

  /** After `finish`, whether it gave a dataset or not: what became of the files. */
  fates(fate: FileFate['fate'], from: number, count: number): FileFate[] {
    return this.#fates?.[fate].slice(from, from + count) ?? [];
  }

  #push(candidate: Candidate): void {
    this.#queue.push(candidate);
    this.#progress.total++;
    if (this.#busy < this.#lanes) void this.#look();
  }

  /** One lane: takes file after file until none is left. */
  async #look(): Promise<void> {
    this.#busy++;
    while (this.#next < this.#queue.length && !this.#aborted) {
      const candidate = this.#queue[this.#next++]!;
      if (this.#next > 1000 && this.#next * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#next);
        this.#next = 0;
      }
      await this.#take(candidate);
      this.#wake();
    }
    this.#busy--;
    this.#wake();
  }

  async #take(candidate: Candidate): Promise<void> {
    const { path, archive, order } = candidate;
    try {
      const { original, ...image } = await this.#decode(await candidate.read(), this.#options.decodeSize);
      if (this.#aborted) return;
      this.#cache.put(order, image);
      this.#used.push({ ...candidate, ...original });
      this.#progress.used++;
      this.#options.onImage?.(archive ? `${archive}/${path}` : path, image);
    } catch (thrown) {
      this.#skip(path, archive, messageOf(thrown), false);
    }
    this.#progress.done++;
    this.#report(false);
  }

  #skip(path: string, archive: string, reason: string, counted = true): void {
    this.#skipped.push({ path, archive, reason });
    this.#progress.skipped++;
    if (!counted) return;
    this.#progress.total++;
    this.#progress.done++;
  }

  #open(path: string, file: Blob): void {
    this.#listings++;
    this.#listing = this.#listing.then(() => this.#list(path, file)).finally(() => {
      this.#listings--;
      this.#wake();
    });
  }

  async #list(archive: string, file: Blob): Promise<void> {
    const { zipLimits = ZIP_LIMITS } = this.#options;
    try {
      if (!await isZip(file)) {
        // An image by another name, or nothing that can be used: the decoder tells.
        this.#push({ order: this.#order++, path: archive, archive: '', size: file.size, read: async () => file });
        return;
      }
      for await (const listed of listZip(file, this.#zipUse, zipLimits)) {
        if (this.#aborted) return;
        this.#archives.set(archive, (this.#archives.get(archive) ?? 0) + 1);
        if (isIgnored(listed.path)) this.#ignored.push(`${archive}/${listed.path}`);
        else if ('reason' in listed) this.#skip(listed.path, archive, listed.reason);
        else if (/\.zip$/i.test(listed.path)) this.#skip(listed.path, archive, 'A zip archive within another isn\'t opened: unpack the outer one and add its folder.');
        else this.#push({ order: this.#order++, path: listed.path, archive, size: listed.entry.size, read: listed.entry.read });
        while (this.#full) await this.#change();
      }
    } catch (thrown) {
      this.#skip(archive, '', messageOf(thrown));
    }
  }

  get #working(): boolean {
    return !this.#aborted && (this.#busy > 0 || this.#next < this.#queue.length || this.#listings > 0);
  }

  get #full(): boolean {
    return !this.#aborted && this.#queue.length - this.#next > MOST_WAITING;
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #change(): Promise<void> {
    return new Promise(resolve => { this.#waiting.push(resolve); });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #report(last: boolean): void {
    const now = performance.now();
    if (!last && now - this.#reported < PROGRESS_INTERVAL_MS) return;
    this.#reported = now;
    this.#options.onProgress?.({ ...this.#progress, complete: this.#ended && this.#listings === 0 });
  }

  async #build(name: string): Promise<Dataset> {
    const { decodeSize } = this.#options;
    // What lies in the one archive that was given goes by its paths therein, as if its folder had been given.
    const archives = new Set([...this.#used, ...this.#skipped].map(f => f.archive));
    const only = archives.size === 1 ? [...archives][0]! : '';
    // Whoever gave an archive looks for its name in the list.
    const opened = new Set(this.#used.map(f => f.archive));
    for (const [archive, files] of this.#archives) {
      if (opened.has(archive)) continue;
      const first = this.#skipped.find(f => f.archive === archive);
      const why = first ? ` Of the first: ${first.reason}` : '';
      this.#skipped.push({ path: archive, archive: '', reason: `None of the ${files === 1 ? 'one file' : `${files.toLocaleString('en')} files`} in this zip archive can be used.${why}` });
    }
    const shown = (f: { path: string; archive: string }) => (f.archive && f.archive !== only ? `${f.archive}/${f.path}` : f.path);
    const used = this.#used.map(f => ({ ...f, path: shown(f) })).sort((a, b) => byCodeUnit(a.path, b.path) || a.order - b.order);
    this.#used = [];
    this.#queue = [];
    const paths = distinct(used.map(f => f.path));
    const skipped = this.#skipped.map(f => ({ path: shown(f), reason: f.reason })).sort((a, b) => byCodeUnit(a.path, b.path));
    this.#fates = {
      used: used.map(({ width, height }, i) => ({ path: paths[i]!, fate: 'used', width, height })),
      skipped: skipped.map(file => ({ ...file, fate: 'skipped' })),
      ignored: this.#ignored.sort(byCodeUnit).map(path => ({ path, fate: 'ignored' })),
    };
    if (used.length === 0) throw new EmptyDatasetError(emptyMessage(name, skipped, this.#ignored.length));
    const indexOf = new Map(used.map(({ order }, index) => [order, index]));
    const sources = used.map(({ read }) => read);
    return new Dataset({
      name, paths, skipped, decodeSize, files: used.length + skipped.length, ignored: this.#ignored.length,
      sizes: sizesOf(used),
      ...labelsOf(paths),
      hash: await manifestHash(used.map(({ size }, i) => ({ path: paths[i]!, size }))),
      load: async (index, size) => this.#decode(await sources[index]!(), size),
      cache: this.#cache.renumbered(slot => indexOf.get(slot)!),
    });
  }
}

function sizesOf(images: readonly { width: number; height: number }[]): DatasetSummary['sizes'] {
  let [smallest, largest] = [images[0]!, images[0]!];
  for (const image of images) {
    const area = image.width * image.height;
    if (area < smallest.width * smallest.height) smallest = image;
    if (area > largest.width * largest.height) largest = image;
  }
  return { smallest: [smallest.width, smallest.height], largest: [largest.width, largest.height] };
}

async function isZip(file: Blob): Promise<boolean> {
  try {
    const [p, k] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    return p === 0x50 && k === 0x4b;
  } catch (thrown) {
    throw new UnusableImageError(`The file can't be opened (${messageOf(thrown)}): it may have been moved or changed, or reading it isn't allowed.`);
  }
}

function emptyMessage(name: string, skipped: readonly SkippedFile[], ignored: number): string {
  const expected = 'Add JPEG, PNG, WebP, AVIF, GIF or BMP images, or a zip archive of such.';
  const files = skipped.length + ignored;
  if (files === 0) return `"${name}" holds no files. ${expected}`;
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([reason, count]) => `${count} x "${reason}"`);
  if (ignored > 0) common.push(`${ignored} x not an image by name`);
  return `"${name}" holds no image that can be used: looked at ${files} ${files === 1 ? 'file' : 'files'}, ${common.join(', ')}. ${expected}`;
}
