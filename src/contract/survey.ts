/** What a walk through the whole dataset shows: the patterns of prototypes, and a map of the images. */

/** Whether a pattern is made of patches or of whole images, by their class tokens. */
export type PatternKind = 'patch' | 'class';

/** Where a prototype wins. */
export interface PatternSpot {
  index: number;
  path: string;
  /** null: the whole image. */
  patch: number | null;
  /** Raw: neither centered nor sharpened. */
  logit: number;
  /** RGBA, side*side: the patch in the middle of two more to each side, or the whole image. */
  side: number;
  pixels: Uint8ClampedArray;
}

/** One prototype, with the best patch of each of the images that are best at it. */
export interface Pattern {
  prototype: number;
  /** Of all patches (or images) it owns so many: its logit is the largest there. */
  count: number;
  /** Images in which it owns any. */
  images: number;
  /** The best first. */
  spots: PatternSpot[];
}

export interface Patterns {
  step: number;
  kind: PatternKind;
  grid: number;
  /** Images looked through, and what there is to own in them. */
  images: number;
  tokens: number;
  /** Prototypes that own any, and all there are. */
  used: number;
  prototypes: number;
  /** Those that own most, the largest first. */
  patterns: Pattern[];
}

/** Prototypes shown at most, and spots of each. */
export const MOST_PATTERNS = 20;
export const MOST_SPOTS = 9;

export type MapLayout = 'pca' | 'umap';

/** Images on a map at most: of a larger dataset every so-and-so-many-th. */
export const MOST_POINTS = 10_000;

export interface DatasetMap {
  step: number;
  layout: MapLayout;
  /** Images of the dataset, and which of them are on the map: every `every`-th, beginning with the first. */
  images: number;
  every: number;
  /** (points, 2) */
  positions: Float32Array;
  /** The share of the variance of the class tokens that the two axes explain; null where axes mean nothing. */
  explained: readonly number[] | null;
  /** (points): the class folder of each, as an index into the dataset's classes; null without class folders. */
  folders: Int32Array | null;
  /** (points): from 0. Clusters keep their numbers from one map to the next as far as they share images. */
  clusters: Int32Array;
  /** How many were asked for; there are as many, or as many as images. */
  clusterCount: number;
  /** Of each cluster the images nearest to its center. */
  typical: number[][];
}

/** Images whose class tokens are most like that of one. */
export interface SimilarImages {
  step: number;
  index: number;
  /** Compared with. */
  images: number;
  /** The most alike first. */
  found: { index: number; cosine: number }[];
}
