/** What is looked at, and from where: the choices of the panel "What it sees". */
import type { DatasetMap, MapLayout, PatternKind, Patterns } from '#contract/survey.ts';
import { GUEST } from '#contract/trainer.ts';

/** Views of some images, asked for again and again; and of the whole dataset, which has to be looked through for them. */
export type Tab = 'attention' | 'similarity' | 'parts' | 'matches' | SurveyTab;
export type SurveyTab = 'patterns' | 'map';
export const isSurvey = (tab: Tab): tab is SurveyTab => tab === 'patterns' || tab === 'map';

/** What the map's points are told apart by. */
export type Colouring = 'folder' | 'cluster' | 'order';

export interface Choices {
  tab: Tab;
  /** Counted from 0; null is the last block of the network. */
  block: number | null;
  /** The patch that is asked about; null is the class token, or the middle of the picture where it has to be a patch. */
  patch: number | null;
  /** Images beside the chosen one; null is those that follow it in the dataset. */
  beside: number[] | null;
  onlyForeground: boolean;
  /** The other side of the first component is the foreground. */
  swapped: boolean;
  /** Matches: of two images, or of two random views of one. */
  pair: 'images' | 'views';
  /** Which two views. */
  seed: number;
  /** Patterns: of patches or of whole images, how many, and how many images of each. */
  kind: PatternKind;
  patterns: number;
  spots: number;
  layout: MapLayout;
  clusters: number;
  colouring: Colouring;
  /** Views are kept up to date while training. */
  follow: boolean;
}

export const CHOICES: Choices = {
  tab: 'attention', block: null, patch: null, beside: null, onlyForeground: false, swapped: false, pair: 'views', seed: 1,
  kind: 'patch', patterns: 12, spots: 6, layout: 'pca', clusters: 8, colouring: 'cluster', follow: true,
};

/** `index` and up to `more` others of `count` images: those chosen, or else the ones that follow it. */
export function together(index: number, beside: readonly number[] | null, count: number, more: number): number[] {
  const others = beside?.filter(i => i < count && i !== index) ?? Array.from({ length: count }, (_, i) => (Math.max(index, GUEST) + 1 + i) % count).filter(i => i !== index);
  return [index, ...others.slice(0, more)];
}

/** The patch asked about, on a grid it lies on. */
export const patchOf = (patch: number | null, grid: number): number =>
  patch !== null && patch < grid * grid ? patch : Math.floor(grid / 2) * grid + Math.floor(grid / 2);

/** Whether patterns or a map are what is chosen; of what step they are is another matter. */
export const asChosen = (c: Choices, shown: Patterns | DatasetMap): boolean => 'kind' in shown
  ? shown.kind === c.kind && shown.patterns.length >= Math.min(c.patterns, shown.used) && shown.patterns.every(p => p.spots.length >= Math.min(c.spots, p.images))
  : shown.layout === c.layout && shown.clusterCount === c.clusters;
