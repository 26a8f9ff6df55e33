import type { AttentionMaps } from '#contract/trainer.ts';

/** One map that can be shown: a head, or the mean of all. `shares` is (grid*grid), each the share of attention on a patch. */
export interface View { label: string; shares: Float32Array }

export function views({ heads, grid, maps }: AttentionMaps): View[] {
  const patches = grid * grid;
  const mean = new Float32Array(patches);
  const list: View[] = [{ label: 'Mean of heads', shares: mean }];
  for (let h = 0; h < heads; h++) {
    const shares = maps.subarray(h * patches, (h + 1) * patches);
    for (let p = 0; p < patches; p++) mean[p] = mean[p]! + shares[p]! / heads;
    list.push({ label: `Head ${h + 1}`, shares });
  }
  return list;
}

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
