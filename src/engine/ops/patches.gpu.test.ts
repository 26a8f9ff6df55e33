/** Ops of the views on patch tokens against their twins. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import * as twin from '#reference/patches.ts';
import { checkClose, checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { attentionMass, patchCovariance, patchMatches, patchProject, patchSimilarity } from './patches.ts';

const SIZES = [[1, 2, 1], [2, 26, 33], [3, 65, 64], [1, 130, 97]] as const;

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  test.each([[1, 2], [3, 65], [2, 131]])('mass of %i heads over %i tokens', async (heads, T) => {
    const weights = normals(heads * T, 1).map(v => Math.exp(2 * v));
    weights[1 + (T >> 1)] = weights[1]!; // equals
    const { mass } = await runOp(gpu, { weights }, { mass: heads * (T - 1) }, (p, t) => attentionMass(p, { ...t, heads, T }));
    const want = Array.from({ length: heads }, (_, h) => [...twin.attentionMass(weights.subarray(h * T + 1, (h + 1) * T))]).flat();
    checkClose('mass', mass, want);
  });

  test.each(SIZES)('%i sequences of %i tokens, %i channels', async (sequences, T, c) => {
    const C = padded(c);
    const N = sequences * (T - 1);
    const tokens = normals(sequences * T * c, 2).map((v, i) => v + 3 * Math.sin(i % c)); // a mean well away from 0
    const raw = normals(N, 3).map(v => Math.max(0, v));
    raw[0] = 1;
    const sum = raw.reduce((s, v) => s + v, 0);
    const weights = raw.map(v => v / sum);
    const directions = normals(3 * c, 4);
    const query = sequences * T - 1;
    const got = await runOp(gpu,
      { tokens: padRows(tokens, sequences * T, c), weights, directions: padRows(directions, 3, c) },
      { similarity: N, matches: 2 * (T - 1), mean: C, covariance: C * C, projection: 4 * N },
      (p, t) => {
        const on = { tokens: t.tokens, sequences, T, c };
        patchSimilarity(p, { ...on, queries: t.tokens, query: (l: { query: number }) => l.query, similarity: t.similarity });
        patchMatches(p, { ...on, from: sequences - 1, to: 0, matches: t.matches });
        patchCovariance(p, { ...on, weights: t.weights, mean: t.mean, covariance: t.covariance });
        patchProject(p, { ...on, mean: t.mean, directions: t.directions, projection: t.projection });
      }, { query });
    checkClose('similarity', got.similarity, twin.patchSimilarity(tokens, sequences, T, c, query));
    const want = twin.patchCovariance(tokens, sequences, T, c, weights);
    checkRows('mean', got.mean, want.mean, c);
    checkRows('covariance', got.covariance.subarray(0, c * C), want.covariance, c, { tolerance: 2e-5, atLeast: 1 });
    const projection = twin.patchProject(tokens, sequences, T, c, want.mean, directions);
    checkClose('projection', got.projection.filter((_, i) => i % 4 < 3), projection, { tolerance: 1e-5, atLeast: Math.sqrt(c) });
    const matches = twin.patchMatches(tokens, T, c, sequences - 1, 0);
    const words = new Uint32Array(got.matches.buffer);
    expect(matches.map((_, i) => words[2 * i])).toEqual(matches.map(m => m.patch));
    checkClose('cosines', matches.map((_, i) => got.matches[2 * i + 1]!), matches.map(m => m.cosine));
  });

  test('a token of zeros is like nothing', async () => {
    const { similarity } = await runOp(gpu, { tokens: new Float32Array(3 * 4) }, { similarity: 2 },
      (p, t) => patchSimilarity(p, { tokens: t.tokens, sequences: 1, T: 3, c: 3, queries: t.tokens, query: 1, similarity: t.similarity }));
    expect([...similarity]).toEqual([0, 0]);
  });
});
