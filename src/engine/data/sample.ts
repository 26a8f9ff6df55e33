/** Sample pictures drawn by the program, whose kinds and parts are known for every pixel. */
import type { IngestProgress } from '#contract/trainer.ts';
import { Rng } from '#lib/rng.ts';
import { ImageCache } from './cache.ts';
import { DEFAULT_BUDGET_BYTES, Dataset, manifestHash } from './dataset.ts';
import type { KnownPicture, Truth } from './dataset.ts';
import { KINDS } from './sample-kinds.ts';
import { Raster } from './sample-raster.ts';
import { drawScene } from './sample-scene.ts';

/** Names by kind. */
export const SAMPLE_KINDS: readonly string[] = KINDS.map(({ name }) => name);

/** Names by part id: 0 is the background, and no two kinds share a part. */
export const SAMPLE_PARTS: readonly string[] = ['background', ...KINDS.flatMap(({ name, parts }) => parts.map(part => `${name} ${part}`))];

const PART_IDS = new Map(SAMPLE_PARTS.map((name, id) => [name, id]));

export interface SamplePicture {
  /** (size, size, 4), RGBA, opaque. */
  pixels: Uint8ClampedArray;
  /** Index into SAMPLE_KINDS. */
  kind: number;
  /** (size, size), indices into SAMPLE_PARTS: the part that covers most of each pixel. */
  parts: Uint8Array;
}

/** Rises whenever pictures change: with the seed it stands for their bytes. */
const DRAWING = 4;

/** The kinds take turns. */
const kindOf = (index: number) => index % SAMPLE_KINDS.length;

/** Picture `index` of the endless set that `seed` stands for; the same pixels on every machine. `size` in px. */
export function drawSample(index: number, seed: number, size: number): SamplePicture {
  const kind = kindOf(index);
  const raster = new Raster(size, size <= 128 ? 4 : 3);
  drawScene(raster, new Rng(seed, index), kind, (of, part) => {
    const id = PART_IDS.get(`${SAMPLE_KINDS[of]} ${part}`);
    if (id === undefined) throw new Error(`The kind "${SAMPLE_KINDS[of]}" lists no part "${part}".`);
    return id;
  });
  return { ...raster.resolve(), kind };
}

/** The class of a part: names of parts begin with that of their kind. */
const CLASS_OF = SAMPLE_PARTS.map(part => SAMPLE_KINDS.indexOf(part.split(' ')[0]!));

const truthOf = (seed: number): Truth => ({
  parts: SAMPLE_PARTS, classOf: CLASS_OF, labelOf: kindOf,
  draw: (index, size): KnownPicture => {
    const { pixels, parts } = drawSample(index, seed, size);
    return { image: { width: size, height: size, data: pixels }, parts };
  },
});

export interface SampleOptions {
  /** As for files. Default 1 GiB. */
  budgetBytes?: number;
  signal?: AbortSignal;
  /** Called about ten times a second and at the end. */
  onProgress?: (progress: IngestProgress) => void;
}

const PROGRESS_INTERVAL_MS = 100;
/** The longest the thread's other work waits. */
const YIELD_INTERVAL_MS = 25;

/** The first `count` sample pictures as a labelled dataset, `size` px per side. Throws the signal's reason when aborted. */
export async function sampleDataset(count: number, seed: number, size: number, options: SampleOptions = {}): Promise<Dataset> {
  const { budgetBytes = DEFAULT_BUDGET_BYTES, signal, onProgress } = options;
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`A sample of ${count} pictures can't be drawn: expected a whole number from 1.`);
  const cache = new ImageCache(budgetBytes);
  const truth = truthOf(seed);
  let [yielded, reported] = [performance.now(), -Infinity];
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    cache.put(index, truth.draw(index, size).image);
    const now = performance.now();
    if (now - reported > PROGRESS_INTERVAL_MS) {
      reported = now;
      onProgress?.({ done: index + 1, total: count, used: index + 1, skipped: 0, complete: true });
    }
    if (now - yielded > YIELD_INTERVAL_MS) {
      await new Promise<void>(resolve => setTimeout(resolve));
      yielded = performance.now();
    }
  }
  signal?.throwIfAborted();
  onProgress?.({ done: count, total: count, used: count, skipped: 0, complete: true });
  const paths = Array.from({ length: count }, (_, index) =>
    `${SAMPLE_KINDS[kindOf(index)]}/${String(Math.floor(index / SAMPLE_KINDS.length) + 1).padStart(4, '0')}`);
  const classes = SAMPLE_KINDS.slice(0, Math.min(count, SAMPLE_KINDS.length));
  return new Dataset({
    name: `Sample of ${count}`, paths, skipped: [], decodeSize: size, files: count, ignored: 0, sizes: { smallest: [size, size], largest: [size, size] }, cache,
    labels: Int32Array.from({ length: count }, (_, index) => kindOf(index)),
    classes,
    hash: await manifestHash(paths.map(path => ({ path: `${path} of sample ${seed}, drawn by ${DRAWING}`, size }))),
    load: async (index, side) => truth.draw(index, side).image,
    truth,
  });
}
