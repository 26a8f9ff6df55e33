import type { AttentionMaps } from '#contract/trainer.ts';

/**
 * One map that can be shown: a head, or the mean of all. (grid*grid) each: the share of attention on a patch, and the share
 * on it and on all that get less.
 */
export interface View { label: string; shares: Float32Array; mass: Float32Array }

export function views({ heads, grid, maps, mass }: Pick<AttentionMaps, 'heads' | 'grid' | 'maps' | 'mass'>): View[] {
  const patches = grid * grid;
  const mean = new Float32Array(patches);
  const list: View[] = [];
  for (let h = 0; h < heads; h++) {
    const shares = maps.subarray(h * patches, (h + 1) * patches);
    for (let p = 0; p < patches; p++) mean[p] = mean[p]! + shares[p]! / heads;
    list.push({ label: `Head ${h + 1}`, shares, mass: mass.subarray(h * patches, (h + 1) * patches) });
  }
  return [{ label: 'Mean of heads', shares: mean, mass: massOf(mean) }, ...list];
}

/** Of each patch and all that get less (of equals, those before it), as a share of all: those above 1 - t hold t together. */
export function massOf(shares: Float32Array): Float32Array {
  const order = Array.from(shares, (_, i) => i).sort((a, b) => shares[a]! - shares[b]!);
  const sum = shares.reduce((s, v) => s + v, 0);
  const mass = new Float32Array(shares.length);
  let upTo = 0;
  for (const i of order) mass[i] = sum > 0 ? (upTo += shares[i]!) / sum : 0;
  return mass;
}

/** The patches that hold a share t of a map's attention, the strongest first. */
export const holding = (mass: Float32Array, t: number): boolean[] => Array.from(mass, m => m > 1 - t);

export interface Measure {
  /** Smallest share of one patch. */
  lowest: number;
  /** Largest share of one patch, and where: row and column from 1. */
  peak: number; row: number; column: number;
  /** What the class token keeps for itself. */
  own: number;
  /** exp of the entropy over patches: over how many patches the attention is spread. grid*grid is even, 1 is a single patch. */
  spread: number;
}

export function measure(shares: Float32Array, grid: number): Measure {
  let at = 0;
  let sum = 0;
  let lowest = Infinity;
  shares.forEach((v, i) => {
    sum += v;
    lowest = Math.min(lowest, v);
    if (v > shares[at]!) at = i;
  });
  let entropy = 0;
  if (sum > 0) shares.forEach(v => { if (v > 0) entropy -= (v / sum) * Math.log(v / sum); });
  return { lowest, peak: shares[at] ?? 0, row: Math.floor(at / grid) + 1, column: (at % grid) + 1, own: 1 - sum, spread: sum > 0 ? Math.exp(entropy) : 0 };
}

/** Whether the shares add up to no more than all there is. In weights that have grown without bound, rounding leaves nothing of them. */
export const addsUp = ({ own }: Measure): boolean => own > -0.01;

/** The shares at the two ends of the colours. */
export type Scale = readonly [number, number];

/** Ways to spread the colours: what each calls itself, and its two ends for one map among all. */
export const SCALES = {
  peak: { label: '0 to each peak', of: (m: Measure): Scale => [0, m.peak] },
  shared: { label: '0 to highest peak', of: (_: Measure, all: Measure[]): Scale => [0, Math.max(...all.map(m => m.peak))] },
  stretch: { label: 'lowest to highest', of: (m: Measure): Scale => [m.lowest, m.peak] },
} as const;

/** One picture's likeness to a patch: the patch most like it (itself left out), mean and least over all. */
export interface Alike { patch: number; similarity: number; mean: number; least: number }

/** similarity (pictures, grid*grid) to `patch` of the first picture -> for each picture, and the least and the mean of all but the patch itself. */
export function alike(similarity: Float32Array, grid: number, patch: number): { best: Alike[]; lowest: number; mean: number } {
  const patches = grid * grid;
  const best = Array.from({ length: similarity.length / patches }, (_, i): Alike => {
    const own = similarity.subarray(i * patches, (i + 1) * patches);
    let at = -1;
    let sum = 0;
    let count = 0;
    own.forEach((s, p) => {
      if (i === 0 && p === patch) return;
      sum += s;
      count++;
      if (at < 0 || s > own[at]!) at = p;
    });
    const most = at < 0 ? patch : at;
    return { patch: most, similarity: own[most]!, mean: count ? sum / count : 1, least: Math.min(...own) };
  });
  const others = similarity.length - 1;
  return {
    best, lowest: Math.min(...best.map(b => b.least)),
    mean: others ? (similarity.reduce((s, v) => s + v, 0) - (similarity[patch] ?? 0)) / others : 1,
  };
}
