/** What a description of images is worth: questions whose answers are known, and the percent of them that come out right. */
import type { FigureId } from '#contract/trainer.ts';
import { Rng } from '#lib/rng.ts';
import { kmeans } from './kmeans.ts';
import { accuracy, balancedAccuracy, type Nearness, vote } from './knn.ts';
import type { Pieces } from './pieces.ts';
import { classify, fitProbe, standardised } from './probe.ts';
import { countOf, pick, type Rows, rowsFrom, unitRows } from './rows.ts';
import { manyToOne, oneToOne, overlapOf } from './segmentation.ts';

/** Images as a network describes them, or their colours alone: one row per image, those of the bank first, then the held-out ones. */
export interface Description {
  classToken: Rows; meanPatch: Rows;
  /** What the linear probe sees. */
  deep: Rows;
  /** (images whose parts are known, grid^2) rows, those of the bank first. */
  patches: Rows;
  /** How patches are compared. */
  patchNearness: Nearness;
}

export interface Questions {
  /** Labels of the bank's images, which are known, and of the held-out ones, which are asked for. */
  bank: Int32Array; queries: Int32Array;
  classes: number;
  /** Null where no masks are known. */
  parts: PartQuestions | null;
}

export interface PartQuestions {
  /** Patches of the bank: of parts, of parts and of the background, and those that are clustered. */
  bank: KnownPatches; withBackground: KnownPatches; clustered: KnownPatches;
  /** Patches of parts in held-out images. */
  queries: KnownPatches;
  /** How many parts there are, the background included, and which object each belongs to: 0 is the background. */
  count: number;
  objectOf: readonly number[];
}

/** Rows of a description's patches, and the part of each. */
export interface KnownPatches { rows: Int32Array; parts: Int32Array }

export interface Question {
  id: FigureId;
  ofPatches: boolean;
  /** Images or patches asked about; labelled ones to answer with, or clusters; labels that count. */
  queries: number; bank: number; labels: number;
  /** Percent. */
  answer: (described: Description) => Pieces<number>;
}

/** Patches that a part must have in the bank to be asked for: with fewer, twenty neighbours hardly ever name it. */
const ENOUGH = 20;
/** Clusters for each label, where a label may have several. */
const CLUSTERS_PER_LABEL = 4;
const SEED = 7;

export function questionsOf({ bank, queries, classes, parts }: Questions): Question[] {
  const sizes = { ofPatches: false, queries: queries.length, bank: bank.length, labels: classes };
  const split = (rows: Rows): [Rows, Rows] => [rowsFrom(rows, 0, bank.length), rowsFrom(rows, bank.length, countOf(rows))];
  const neighbours = (id: FigureId, which: 'classToken' | 'meanPatch'): Question => ({
    id, ...sizes,
    *answer(described) {
      const [known, unknown] = split(described[which]);
      return accuracy(yield* vote(known, bank, unknown, 'angle'), queries);
    },
  });
  return [
    neighbours('knnClassToken', 'classToken'),
    neighbours('knnMeanPatch', 'meanPatch'),
    {
      id: 'probe', ...sizes,
      *answer({ deep }) {
        const [known, unknown] = standardised(...split(deep));
        return accuracy(yield* classify(yield* fitProbe(known, bank, classes), unknown), queries);
      },
    },
    ...parts ? [...namings(parts), ...segmentations(parts)] : [],
  ];
}

/** Parts by their neighbours; none where too few patches are known of every part. */
function namings({ bank, withBackground, queries }: PartQuestions): Question[] {
  const known = new Map<number, number>();
  for (const part of bank.parts) known.set(part, (known.get(part) ?? 0) + 1);
  const counts = (part: number) => (known.get(part) ?? 0) >= ENOUGH;
  const asked = queries.rows.filter((_, i) => counts(queries.parts[i]!));
  const truth = queries.parts.filter(counts);
  if (!truth.length) return [];
  const naming = (id: FigureId, { rows, parts }: KnownPatches): Question => ({
    id, ofPatches: true, queries: truth.length, bank: rows.length, labels: new Set(truth).size,
    *answer({ patches, patchNearness }) {
      return balancedAccuracy(yield* vote(pick(patches, rows), parts, pick(patches, asked), patchNearness), truth);
    },
  });
  return [naming('parts', bank), naming('partsOrBackground', withBackground)];
}

/** Clusters of patches as things of any kind, as objects of one kind each, and as parts. */
function segmentations({ clustered: { rows, parts }, count, objectOf }: PartQuestions): Question[] {
  const objects = 1 + Math.max(...objectOf);
  const segments = (id: FigureId, labels: number, labelOf: (part: number) => number, clusters: number, score: typeof manyToOne): Question => {
    const truth = parts.map(labelOf);
    return {
      id, ofPatches: true, queries: rows.length, bank: clusters, labels: new Set(truth).size,
      *answer({ patches, patchNearness }) {
        const known = pick(patches, rows);
        const { cluster } = yield* kmeans(patchNearness === 'angle' ? unitRows(known) : known, clusters, new Rng(SEED));
        return score(overlapOf(cluster, truth, clusters, labels));
      },
    };
  };
  const object = (part: number) => objectOf[part]!;
  const itself = (part: number) => part;
  const thing = (part: number) => Math.min(1, objectOf[part]!);
  return [
    segments('thingSegments', 2, thing, CLUSTERS_PER_LABEL * 2, manyToOne),
    segments('objectSegments', objects, object, CLUSTERS_PER_LABEL * objects, manyToOne),
    segments('objectSegmentsOneToOne', objects, object, objects, oneToOne),
    segments('partSegments', count, itself, CLUSTERS_PER_LABEL * count, manyToOne),
    segments('partSegmentsOneToOne', count, itself, count, oneToOne),
  ];
}

const alike = (rows: Rows, patches: Rows): Description => ({ classToken: rows, meanPatch: rows, deep: rows, patches, patchNearness: 'distance' });

/** Colour alone: pictures (images, 6), the mean and deviation of each channel, on one scale by the bank; patches by their mean colours. */
export function describeColors(pictures: Rows, bank: number, patches: Rows): Description {
  const [known, unknown] = standardised(rowsFrom(pictures, 0, bank), rowsFrom(pictures, bank, countOf(pictures)));
  return alike({ values: Float32Array.from([...known.values, ...unknown.values]), width: pictures.width }, patches);
}

/** Pictures shrunk to their patches' mean colours, (images, grid^2 * 3), less the bank's mean. */
export function describeThumbnails(thumbnails: Rows, bank: number, patches: Rows): Description {
  const { values, width } = thumbnails;
  const mean = new Float64Array(width);
  for (let i = 0; i < bank * width; i++) mean[i % width]! += values[i]! / bank;
  return alike({ width, values: values.map((v, i) => v - mean[i % width]!) }, patches);
}
