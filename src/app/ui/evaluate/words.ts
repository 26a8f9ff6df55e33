/** What the figures are called and what they mean, and what can be said of their differences. */
import type { EvaluationReport, Figure, FigureId } from '#contract/trainer.ts';
import type { Evaluated } from '#app/store/evaluation-slice.ts';
import { whole } from '#app/ui/common/format.ts';

export interface FigureWords {
  name: string;
  means: string;
  /** What is asked about, what there is to answer with, and what the answers are. */
  asked: 'images' | 'patches'; by: 'images' | 'patches' | 'clusters'; labels: 'classes' | 'parts' | 'labels';
}

const ofImages = { asked: 'images', by: 'images', labels: 'classes' } as const;
const ofParts = { asked: 'patches', by: 'patches', labels: 'parts' } as const;
const ofClusters = { asked: 'patches', by: 'clusters', labels: 'labels' } as const;

export const FIGURES: Record<FigureId, FigureWords> = {
  knnClassToken: { ...ofImages, name: 'k-NN, class token', means: 'Images held out take the class that the 20 images most like them have, by the token that stands for the whole image.' },
  knnMeanPatch: { ...ofImages, name: 'k-NN, mean patch', means: 'The same by the mean of the image\u2019s patch tokens.' },
  probe: { ...ofImages, name: 'Linear probe', means: 'The class as one weighted sum reads it off the class tokens of the last four blocks; the weights learn from labels, the network doesn\u2019t.' },
  parts: { ...ofParts, name: 'Parts, by k-NN', means: 'Patches of unseen things take the part (a wheel, a roof) that the 20 patches most like them show. Every part counts alike, and only those count of which 20 patches are known.' },
  partsOrBackground: { ...ofParts, name: 'Parts, or background', means: 'The same where background is an answer too, which most patches are.' },
  thingSegments: { ...ofClusters, name: 'Things, 4 clusters each', means: 'Patches are sorted into clusters without any label; how well these tell things of any kind from the background (mIoU), where each side may have several.' },
  objectSegments: { ...ofClusters, name: 'Objects, 4 clusters each', means: 'The same for each kind of object, and the background.' },
  objectSegmentsOneToOne: { ...ofClusters, name: 'Objects, 1 cluster each', means: 'The same with a single cluster for each kind.' },
  partSegments: { ...ofClusters, name: 'Parts, 4 clusters each', means: 'How well clusters cover the parts (mIoU), where a part may have several.' },
  partSegmentsOneToOne: { ...ofClusters, name: 'Parts, 1 cluster each', means: 'The same with a single cluster for each part.' },
};

/** Those that a run is judged by. */
export const HEADLINES: readonly FigureId[] = ['knnClassToken', 'parts', 'thingSegments'];

export const UNLABELLED = 'These images have no labels to ask for. Put each class into a sub-folder of its own, or take the sample images, whose every pixel is known.';

export const percent = (value: number): string => value.toFixed(1);

/** Points above the better of the untrained network and colour alone. */
export const gain = ({ trained, untrained, colour }: Figure): number => trained - Math.max(untrained, colour);

/** "+3.2", "−0.4", "0.0". */
export function points(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return Number(text) === 0 ? text : `${value > 0 ? '+' : '\u2212'}${text}`;
}

export function askedText({ id, queries, bank, labels }: Figure): string {
  const words = FIGURES[id];
  return `${whole(queries)} ${words.asked}, ${whole(bank)} ${words.by} to answer with, ${whole(labels)} ${words.labels}.`;
}

/** What the pictures would tell without any network, shrunk to the mean colours of their patches; empty where no images are asked about. */
export function thumbnailText({ figures }: EvaluationReport): string {
  const known = figures.filter(f => f.thumbnail !== null && f.id !== 'knnMeanPatch');
  return known.length ? `Small pictures of one pixel per patch in place of features: ${known.map(f => `${FIGURES[f.id].name.split(',')[0]} ${percent(f.thumbnail!)}`).join(', ')}.` : '';
}

/** What one shouldn't read into the figures. */
export function limits(report: EvaluationReport): string[] {
  const images = report.figures[0];
  const said: string[] = [];
  if (images) said.push(`With ${whole(images.queries)} images asked about, differences of less than about ${Math.max(1, Math.round(100 / Math.sqrt(images.queries)))} points may be chance.`);
  said.push('A small network on some hundred images learns these images, not the world: good figures here say nothing of other pictures.');
  if (!report.figures.some(f => f.id === 'objectSegments')) said.push('The network was trained on the images that are held out here too, without their labels. Parts and objects can only be asked where every pixel is known, which is so of the sample images alone.');
  return said;
}

export const CSV_HEAD = ['run', 'images', 'step', 'figure', 'trained %', 'untrained %', 'colour %', 'above the better, points', 'small picture %', 'asked', 'to answer with', 'labels', 'seconds'];

/** One row for each figure of each evaluation. */
export function csvRows(evaluations: readonly Evaluated[]): (string | number)[][] {
  return evaluations.flatMap(e => e.figures.map(f => [
    e.run, e.dataset, e.step, FIGURES[f.id].name, f.trained, f.untrained, f.colour, gain(f), f.thumbnail ?? '', f.queries, f.bank, f.labels, e.seconds,
  ]));
}
