/** What the views say of themselves: what one sees, and what that means at this stage of training. */
import type { DatasetMap, Patterns } from '#contract/survey.ts';
import { percent, whole } from '#app/ui/common/format.ts';

export type Stage = 'untrained' | 'early' | 'middle' | 'late';

export function stageOf(step: number, steps: number): Stage {
  if (step === 0) return 'untrained';
  const done = step / Math.max(1, steps);
  return done < 0.15 ? 'early' : done < 0.7 ? 'middle' : 'late';
}

export const placeOf = (patch: number, grid: number): string => `row ${Math.floor(patch / grid) + 1}, column ${patch % grid + 1}`;

/** Short, for tables whose head says what the numbers are. */
export const cellOf = (patch: number, grid: number): string => `${Math.floor(patch / grid) + 1}, ${patch % grid + 1}`;

const UNTRAINED = 'This network has learned nothing yet.';

export function attentionWords(stage: Stage, { spread, patches }: { spread: number; patches: number }): string {
  const share = spread / patches;
  switch (stage) {
    case 'untrained': return `${UNTRAINED} Its random weights react to colour and brightness: any shape you see is chance. Train, and watch it change.`;
    case 'early': return 'Early in training heads begin to differ from each other. Shapes still come and go from one look to the next.';
    case 'middle': return share > 0.85 ? 'Attention is still spread almost evenly: no head has found something to prefer in this picture.' : 'Heads now prefer some patches. Whether these are things, or only bright or edged places, shows on other images.';
    case 'late': return share > 0.85 ? 'Late in training attention is still spread almost evenly, so these heads don\'t tell what matters in this picture.' : 'Late in training these maps hardly change any more. Heads that pick out whole things were not told to: they found them by themselves.';
  }
}

/** `mean` is the mean cosine between the patch and all others shown. */
export function similarityWords(stage: Stage, mean: number): string {
  const alike = mean > 0.9 ? ` Right now almost all patches are described alike (mean ${mean.toFixed(2)}): the colours run over small differences.` : '';
  switch (stage) {
    case 'untrained': return `${UNTRAINED} Random weights pass colour and place on as they are, so alike means alike in colour, or near by.${alike}`;
    case 'early': return `Early in training likeness is mostly that of colour and brightness.${alike}`;
    case 'middle': return `What belongs together begins to be described alike: look whether likeness follows things rather than colours.${alike}`;
    case 'late': return mean > 0.9 ? `Late in training that is a bad sign: patches are hardly told apart.${alike}` : 'Late in training the same part of another thing should be lit up, also where its colour differs. Where it isn\'t, the network has not learned that part.';
  }
}

export function partsWords(stage: Stage, explained: readonly number[]): string {
  const sum = explained.reduce((s, e) => s + e, 0);
  const share = `The three colours stand for ${percent(sum, 0)} of all differences between these patches.`;
  switch (stage) {
    case 'untrained': return `${UNTRAINED} The components of random features follow brightness and colour. ${share}`;
    case 'early': return `Early in training the first components often are brightness, or the place in the picture. ${share}`;
    case 'middle': return `Colours that stay the same on the same part of several pictures mean that the network describes that part by itself. ${share}`;
    case 'late': return sum > 0.97 ? `${share} So few directions late in training mean that features have collapsed.` : `Late in training the same colour should be the same kind of part in every picture. ${share}`;
  }
}

export function matchWords(stage: Stage, accuracy: { shown: number; right: number; near: number } | null, patches: number): string {
  const counted = accuracy && accuracy.shown > 0
    ? ` Of ${accuracy.shown} patches that both views show, ${accuracy.right} find their own place (${percent(accuracy.right / accuracy.shown, 0)}) and ${accuracy.near} that or one beside it; by chance it would be ${percent(1 / patches, 1)}.`
    : '';
  switch (stage) {
    case 'untrained': return `${UNTRAINED} Its matches go by colour and by place in the view.${counted}`;
    case 'early': return `Early in training matches go mostly by colour.${counted}`;
    case 'middle': return `Matches that hold on to the same part, however it is turned, cut or coloured, are what training is after.${counted}`;
    case 'late': return `Late in training most lines should join the same parts. Even, textureless places never can be told apart.${counted}`;
  }
}

export function patternWords(stage: Stage, { patterns, tokens, used, prototypes, kind }: Pick<Patterns, 'patterns' | 'tokens' | 'used' | 'prototypes' | 'kind'>): string {
  const share = (patterns[0]?.count ?? 0) / Math.max(1, tokens);
  const thing = kind === 'patch' ? 'patches' : 'images';
  const usage = `${whole(used)} of ${whole(prototypes)} prototypes own any of the ${thing}, the largest ${percent(share)}.`;
  switch (stage) {
    case 'untrained': return `${UNTRAINED} Its prototypes are random directions: what they gather has colour or brightness in common, if anything. ${usage}`;
    case 'early': return `Early in training few prototypes own most, and they sort by colour. ${usage}`;
    case 'middle': return `A pattern that holds the same part of different images, whatever its colour, is what training is after. ${usage}`;
    case 'late': return share > 0.5
      ? `Late in training one prototype owns more than half of all ${thing}: they are hardly told apart. ${usage}`
      : `Late in training a pattern should be one kind of ${kind === 'patch' ? 'part or texture' : 'thing'} in image after image. ${usage}`;
  }
}

/** `purity` is the share of images that lie in a cluster most of which is from their own folder; null where that isn't known. */
export function mapWords(stage: Stage, { layout, explained }: Pick<DatasetMap, 'layout' | 'explained'>, purity: number | null): string {
  const axes = layout === 'pca' && explained
    ? `Points that are near to each other are described alike; the two axes stand for ${percent((explained[0] ?? 0) + (explained[1] ?? 0), 0)} of all differences between images.`
    : 'Neighbours on this map are described alike; how far apart groups lie, and which way up it is, means nothing.';
  const folders = purity === null ? '' : ` ${percent(purity, 0)} of the images lie in a cluster most of which is from their own folder.`;
  switch (stage) {
    case 'untrained': return `${axes} ${UNTRAINED} Images lie together that have colours and brightness in common.${folders}`;
    case 'early': return `${axes} Early in training colour and brightness still decide.${folders}`;
    case 'middle': return `${axes} Look whether groups hold the same kind of thing, also where colours differ.${folders}`;
    case 'late': return `${axes} Late in training each group should be one kind of thing.${folders}`;
  }
}
