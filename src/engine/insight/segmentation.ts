/**
 * How well clusters of patches are objects or parts: mean intersection over union (mIoU), percent, over the labels that occur,
 * once each cluster has been given a label.
 */
import { assign } from './assignment.ts';

/** How many patches each cluster and label share. */
export interface Overlap {
  /** (clusters, labels). */
  counts: Float64Array;
  clusters: number; labels: number;
}

export function overlapOf(cluster: ArrayLike<number>, label: ArrayLike<number>, clusters: number, labels: number): Overlap {
  const counts = new Float64Array(clusters * labels);
  for (let i = 0; i < label.length; i++) counts[cluster[i]! * labels + label[i]!]!++;
  return { counts, clusters, labels };
}

/** Each cluster takes the label that most of its patches have; a label may have several. */
export function manyToOne(overlap: Overlap): number {
  const { counts, clusters, labels } = overlap;
  return meanIou(overlap, Int32Array.from({ length: clusters }, (_, k) => {
    let best = 0;
    for (let l = 1; l < labels; l++) if (counts[k * labels + l]! > counts[k * labels + best]!) best = l;
    return best;
  }));
}

/** Each label has at most one cluster of its own, in the way that is best for the mIoU. At most as many clusters as labels. */
export function oneToOne(overlap: Overlap): number {
  const { counts, clusters, labels } = overlap;
  const { ofCluster, ofLabel } = sums(overlap);
  const iou = counts.map((both, i) => both && both / (ofCluster[Math.floor(i / labels)]! + ofLabel[i % labels]! - both));
  return meanIou(overlap, assign(iou, clusters, labels));
}

function sums({ counts, clusters, labels }: Overlap): { ofCluster: Float64Array; ofLabel: Float64Array } {
  const ofCluster = new Float64Array(clusters);
  const ofLabel = new Float64Array(labels);
  counts.forEach((n, i) => {
    ofCluster[Math.floor(i / labels)]! += n;
    ofLabel[i % labels]! += n;
  });
  return { ofCluster, ofLabel };
}

/** `given` is the label of each cluster. */
function meanIou(overlap: Overlap, given: ArrayLike<number>): number {
  const { counts, labels } = overlap;
  const { ofCluster, ofLabel } = sums(overlap);
  const predicted = new Float64Array(labels);
  const both = new Float64Array(labels);
  ofCluster.forEach((n, k) => {
    predicted[given[k]!]! += n;
    both[given[k]!]! += counts[k * labels + given[k]!]!;
  });
  let sum = 0;
  let occurring = 0;
  ofLabel.forEach((n, l) => {
    if (n === 0) return;
    occurring++;
    sum += both[l]! / (n + predicted[l]! - both[l]!);
  });
  return 100 * sum / occurring;
}
