/** What the views ask of patch tokens: likeness, matches, principal directions, and where attention's mass lies. */
import attentionMassSource from '#shaders/attention_mass.wgsl?raw';
import covarianceSource from '#shaders/patch_covariance.wgsl?raw';
import matchesSource from '#shaders/patch_matches.wgsl?raw';
import meanSource from '#shaders/patch_mean.wgsl?raw';
import projectSource from '#shaders/patch_project.wgsl?raw';
import similaritySource from '#shaders/patch_similarity.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';

/** Tokens of `sequences` sequences of T, the class token first, c channels. */
export interface Tokens { tokens: Tensor; sequences: number; T: number; c: number }

/** A number, or what it is in a run. */
export type Now<L> = number | ((live: L) => number);
const at = <L>(value: Now<L>, live: L): number => typeof value === 'function' ? value(live) : value;

const patchesOf = (t: Tokens): number => t.sequences * (t.T - 1);

/** weights (heads, T), a query's attention -> mass (heads, T - 1): of each patch with all that get less, as a share of all patches. */
export function attentionMass<L>(p: Program<L>, a: { weights: Tensor; mass: Tensor; heads: number; T: number }): void {
  p.add({ kernel: source('attention_mass', [attentionMassSource], {}), bind: [a.weights, a.mass], params: { T: a.T }, groups: [Math.ceil((a.T - 1) / 64), a.heads, 1] });
}

/** similarity (sequences, T - 1): cosine between each patch and row `query` of `queries`, which has c channels, too. */
export function patchSimilarity<L>(p: Program<L>, t: Tokens & { queries: Tensor; query: Now<L>; similarity: Tensor }): void {
  const N = patchesOf(t);
  p.add({
    kernel: source('patch_similarity', [similaritySource], { C4: quads(t.c) }), bind: [t.queries, t.tokens, t.similarity],
    params: l => ({ N, T: t.T, query: at(t.query, l) }), groups: Math.ceil(N / 64),
  });
}

/** matches (T - 1, 2): for each patch of one sequence the patch of another with the largest dot product, and the bits of their cosine. */
export function patchMatches<L>(p: Program<L>, t: Tokens & { from: number; to: number; matches: Tensor }): void {
  p.add({
    kernel: source('patch_matches', [matchesSource], { C4: quads(t.c) }), bind: [t.tokens, t.matches],
    params: { T: t.T, from_sequence: t.from, to_sequence: t.to }, groups: Math.ceil((t.T - 1) / 64),
  });
}

/** mean (c) and covariance (padded c, c) of all patches; weights (sequences, T - 1) add up to 1. */
export function patchCovariance<L>(p: Program<L>, t: Tokens & { weights: Tensor; mean: Tensor; covariance: Tensor }): void {
  const C4 = quads(t.c);
  const params = { N: patchesOf(t), T: t.T };
  p.add({ kernel: source('patch_mean', [meanSource], { C4 }), bind: [t.tokens, t.weights, t.mean], params, groups: Math.ceil(C4 / 64) });
  p.add({
    kernel: source('patch_covariance', [covarianceSource], { C4 }), bind: [t.tokens, t.weights, t.mean, t.covariance],
    params, groups: [Math.ceil(C4 / 8), Math.ceil(C4 / 8), 1],
  });
}

/** projection (sequences, T - 1, 4): coordinates along three directions (3, c) from the mean (c); the fourth is 0. */
export function patchProject<L>(p: Program<L>, t: Tokens & { mean: Tensor; directions: Tensor; projection: Tensor }): void {
  p.add({
    kernel: source('patch_project', [projectSource], { C4: quads(t.c) }), bind: [t.tokens, t.mean, t.directions, t.projection],
    params: { N: patchesOf(t), T: t.T }, groups: Math.ceil(patchesOf(t) / 64),
  });
}
