/** Files as dropped to a dataset: what can't be used is listed with its reason and stops nothing. */
import type { IngestProgress, SkippedFile, SourceFile } from '#contract/trainer.ts';
import { EmptyDatasetError, messageOf } from '#lib/errors.ts';
import { ImageCache } from './cache.ts';
import { DEFAULT_BUDGET_BYTES, Dataset, manifestHash } from './dataset.ts';
import type { SourceImage } from './dataset.ts';
import { decodeImage } from './decode.ts';
import { isIgnored } from './ignore.ts';
import { labelsOf } from './labels.ts';

export interface IngestOptions {
  /** Images are kept with the shorter side at most this, px. */
  decodeSize: number;
  /** Bytes of decoded pixels kept in memory; beyond it images are decoded again when asked for. Default 1 GiB. */
  budgetBytes?: number;
  signal?: AbortSignal;
  /** Called about ten times a second and at the end. */
  onProgress?: (progress: IngestProgress) => void;
  /** Decodes one file; throws with the reason when it can't. */
  decode?: (blob: Blob, decodeSize: number) => Promise<SourceImage>;
}

/** Files in hand at once. The decoder limits the pixels in flight by itself. */
const CONCURRENCY = 6;
const PROGRESS_INTERVAL_MS = 100;

/**
 * Decodes all files once and keeps those that can be used, in the order of their paths.
 * Throws the signal's reason when it is aborted, an EmptyDatasetError when no file can be used.
 */
export async function ingestFiles(name: string, files: readonly SourceFile[], options: IngestOptions): Promise<Dataset> {
  const { decodeSize, budgetBytes = DEFAULT_BUDGET_BYTES, signal, onProgress, decode = decodeImage } = options;
  const candidates = files.filter(({ path }) => !isIgnored(path)).sort(byPath);
  const cache = new ImageCache(budgetBytes);
  /** Per candidate: null when it can be used, or why not. */
  const reasons = new Array<string | null>(candidates.length).fill(null);
  const progress: IngestProgress = { done: 0, total: candidates.length, used: 0, skipped: 0 };
  let reported = -Infinity;
  const report = () => {
    reported = performance.now();
    onProgress?.({ ...progress });
  };
  let next = 0;
  const takeFiles = async () => {
    while (next < candidates.length) {
      signal?.throwIfAborted();
      const i = next++;
      try {
        cache.put(i, await decode(candidates[i]!.file, decodeSize));
        progress.used++;
      } catch (thrown) {
        reasons[i] = messageOf(thrown);
        progress.skipped++;
      }
      progress.done++;
      if (performance.now() - reported > PROGRESS_INTERVAL_MS) report();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, takeFiles));
  signal?.throwIfAborted();
  report();

  const skipped = candidates.flatMap(({ path }, i): SkippedFile[] => (reasons[i] === null ? [] : [{ path, reason: reasons[i]! }]));
  const slots = candidates.flatMap((_, i) => (reasons[i] === null ? [i] : []));
  if (slots.length === 0) throw new EmptyDatasetError(emptyMessage(name, files.length, skipped));
  const used = slots.map(i => candidates[i]!);
  const paths = used.map(({ path }) => path);
  const indexOf = new Map(slots.map((slot, index) => [slot, index]));
  return new Dataset({
    name, paths, skipped, decodeSize, files: candidates.length,
    ...labelsOf(paths),
    hash: await manifestHash(used.map(({ path, file }) => ({ path, size: file.size }))),
    load: (index, size) => decode(used[index]!.file, size),
    cache: cache.renumbered(slot => indexOf.get(slot)!),
  });
}

/** By code unit: the same on every machine, whatever its language. */
function byPath(a: SourceFile, b: SourceFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function emptyMessage(name: string, files: number, skipped: readonly SkippedFile[]): string {
  const expected = 'Add JPEG, PNG, WebP, AVIF, GIF or BMP images.';
  if (files === 0) return `"${name}" holds no files. ${expected}`;
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([reason, count]) => `${count} x "${reason}"`);
  const other = files - skipped.length;
  if (other > 0) common.push(`${other} x not an image by name`);
  return `"${name}" holds no image that can be used: looked at ${files} ${files === 1 ? 'file' : 'files'}, ${common.join(', ')}. ${expected}`;
}
