/** What is asked of a dataset's images: which are known, which are asked about, and the answers. */
import type { Config } from '#contract/config.ts';
import { StateError } from '#lib/errors.ts';
import { Rng } from '#lib/rng.ts';
import { ImageCache } from '#engine/data/cache.ts';
import type { Dataset, SourceImage, Truth } from '#engine/data/dataset.ts';
import { holdOut } from '#engine/data/hold-out.ts';
import type { KnownPatches, PartQuestions, Questions } from '#engine/insight/figures.ts';
import { patchLabels } from '#engine/insight/patch-labels.ts';
import type { Pieces } from '#engine/insight/pieces.ts';
import { gridOf } from '#engine/model/parameters.ts';

/** Images at most: more make the figures no truer and the wait longer. */
const MOST_BANK = 5000;
const MOST_QUERIES = 1000;
/** Drawn beyond the dataset's own, where they are drawn. */
const DRAWN_QUERIES = 500;
/** Images whose patches are known, fewer where they have more than so many patches; of these images those whose patches are clustered. */
const PART_BANK = 500;
const MOST_KEPT = 65_536;
const CLUSTERED = 200;
/** Images whose patches are asked about. */
const PART_QUERIES = 100;
/** Patches at most: to answer with, to be asked about, and to be clustered. */
const MOST_KNOWN = 32_768;
const MOST_ASKED = 2048;
const MOST_CLUSTERED = 16_384;
/** Bytes of pixels: 500 pictures of 180 px. */
const DRAWN_BUDGET = 64 << 20;
const SEED = 11;

export interface Exam extends Questions {
  /** Indices of the images in the order of the questions' rows; those from the dataset's count on are drawn. */
  images: number[];
  /** Those that were drawn, as far as there is room. */
  drawn: ImageCache;
  /** Places in `images` of those whose patches are asked about, ascending. */
  patchImages: number[];
}

/** Throws a StateError where the images' labels are unknown or leave none to hold out. */
export function* examOf(dataset: Dataset, config: Config): Pieces<Exam> {
  const { labels, truth, classes, count } = dataset;
  if (!labels) throw new StateError('These images have no labels to ask for: what the network knows can be measured on folders with a sub-folder for each class, and on the sample images.');
  const all = truth ? { bank: range(0, count), queries: range(count, count + DRAWN_QUERIES) } : holdOut(labels);
  const bank = some(all.bank, MOST_BANK);
  const queries = some(all.queries, MOST_QUERIES);
  if (!queries.length) throw new StateError('Every class has fewer than five images: too few to keep any to ask about.');
  const known = { images: [...bank, ...queries], bank: Int32Array.from(bank, i => labels[i]!), classes: classes.length, drawn: new ImageCache(DRAWN_BUDGET) };
  if (!truth) return { ...known, queries: Int32Array.from(queries, i => labels[i]!), parts: null, patchImages: [] };
  const patchImages = [...range(0, Math.min(PART_BANK, bank.length, Math.floor(MOST_KEPT / gridOf(config) ** 2))), ...range(bank.length, bank.length + PART_QUERIES)];
  const shown = patchImages.map(place => known.images[place]!);
  return { ...known, queries: Int32Array.from(queries, i => truth.labelOf(i)), patchImages, parts: yield* partQuestions(truth, config, shown, shown.filter(i => i < count).length) };
}

/** Of the patches of these pictures, the first `banked` of which are the bank's. */
function* partQuestions(truth: Truth, config: Config, shown: readonly number[], banked: number): Pieces<PartQuestions> {
  const grid = gridOf(config);
  const parts: number[] = [];
  for (const index of shown) {
    parts.push(...patchLabels(truth.draw(index, config.imageSize).parts, config.imageSize, grid));
    yield;
  }
  const first = banked * grid ** 2;
  const all = range(0, first);
  const ofParts = (rows: number[]) => rows.filter(r => parts[r] !== 0);
  const patches = (rows: number[]): KnownPatches => ({ rows: Int32Array.from(rows), parts: Int32Array.from(rows, r => parts[r]!) });
  return {
    bank: patches(some(ofParts(all), MOST_KNOWN)),
    withBackground: patches(some(all, MOST_KNOWN)),
    clustered: patches(some(all.slice(0, CLUSTERED * grid ** 2), MOST_CLUSTERED)),
    queries: patches(some(ofParts(range(first, parts.length)), MOST_ASKED)),
    count: truth.parts.length,
    objectOf: truth.classOf.map(c => 1 + c),
  };
}

/** Pictures beyond the dataset's own. */
export function* drawBeyond({ truth, decodeSize }: Dataset, { drawn }: Exam, indices: readonly number[]): Pieces<SourceImage[]> {
  const pictures: SourceImage[] = [];
  for (const index of indices) {
    const image = drawn.get(index) ?? truth!.draw(index, decodeSize).image;
    drawn.put(index, image);
    pictures.push(image);
    yield;
  }
  return pictures;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** All of them, or so many by chance, in their order. */
function some(items: number[], most: number): number[] {
  return items.length <= most ? items : new Rng(SEED).shuffle([...items]).slice(0, most).sort((a, b) => a - b);
}
