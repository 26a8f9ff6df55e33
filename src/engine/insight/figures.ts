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
  bank: KnownPatches; queries: KnownPatches;
  /** How many parts there are, the background included, and which object each belongs to: 0 is the background. */
  count: number;
  objectOf: readonly number[];
}

/** Rows of a description's patches, and the part of each. */
export interface KnownPatches { rows: Int32Array; parts: Int32Array }

export interface Question {
  id: FigureId;
  /** Images or patches asked about; labelled ones to answer with, or clusters. */
  queries: number; bank: number;
  /** Percent. */
  answer: (described: Description) => Pieces<number>;
}

/** Clusters for each label, where a label may have several. */
const CLUSTERS_PER_LABEL = 4;
const SEED = 7;

export function questionsOf(asked: Questions): Question[] {
  const { bank, queries, classes, parts } = asked;
  const sizes = { queries: queries.length, bank: bank.length };
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
    ...parts ? partQuestions(parts) : [],
  ];
}

function partQuestions({ bank, queries, count, objectOf }: PartQuestions): Question[] {
  const objects = 1 + Math.max(...objectOf);
  const segments = (id: FigureId, labels: number, labelOf: (part: number) => number, clusters: number, score: typeof manyToOne): Question => ({
    id, queries: bank.rows.length, bank: clusters,
    *answer({ patches, patchNearness }) {
      const known = pick(patches, bank.rows);
      const { cluster } = yield* kmeans(patchNearness === 'angle' ? unitRows(known) : known, clusters, new Rng(SEED));
      return score(overlapOf(cluster, bank.parts.map(labelOf), clusters, labels));
    },
  });
  const object = (part: number) => objectOf[part]!;
  const itself = (part: number) => part;
  return [
    {
      id: 'parts', queries: queries.rows.length, bank: bank.rows.length,
      *answer({ patches, patchNearness }) {
        return balancedAccuracy(yield* vote(pick(patches, bank.rows), bank.parts, pick(patches, queries.rows), patchNearness), queries.parts);
      },
    },
    segments('objectSegments', objects, object, CLUSTERS_PER_LABEL * objects, manyToOne),
    segments('objectSegmentsOneToOne', objects, object, objects, oneToOne),
    segments('partSegments', count, itself, CLUSTERS_PER_LABEL * count, manyToOne),
    segments('partSegmentsOneToOne', count, itself, count, oneToOne),
  ];
}

/** Colours alone as a description: images as the grid of their patches' mean colours, less the bank's mean. colors (images, grid^2 * 3). */
export function describeColors(colors: Rows, bank: number, patches: Rows): Description {
  const { values, width } = colors;
  const mean = new Float64Array(width);
  for (let i = 0; i < bank * width; i++) mean[i % width]! += values[i]! / bank;
  const centred: Rows = { width, values: values.map((v, i) => v - mean[i % width]!) };
  return { classToken: centred, meanPatch: centred, deep: centred, patches, patchNearness: 'distance' };
}
