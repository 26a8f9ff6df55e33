/** Fused attention against its twin: global and local sequences together, padded heads, online softmax. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gpu } from '#engine/gpu/device.ts';
import * as twin from '#reference/attention.ts';
import { checkClose, checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { attentionBackward, attentionForward, attentionWeights, attentionWidth } from './attention.ts';
import { rowsOf, type Sequences } from './sequences.ts';


function layout(s: Sequences): { starts: number[]; lengths: number[] } {
  const lengths = [...new Array<number>(s.globals).fill(s.globalTokens), ...new Array<number>(s.locals).fill(s.localTokens)];
  return { lengths, starts: lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0)) };
}

/** `scale` is the size of queries, keys and values. */
async function check(gpu: Gpu, headDim: number, heads: number, s: Sequences, scale: number, tolerance: number): Promise<void> {
  const N = rowsOf(s);
  const C = heads * headDim;
  const { starts, lengths } = layout(s);
  const [qkv, dout] = [normals(N * 3 * C, 1, scale), normals(N * C, 2)];
  const width = attentionWidth({ heads, headDim });
  const want = twin.attentionForward(qkv, starts, lengths, heads, C);
  const got = await runOp(gpu,
    { qkv: padRows(qkv, N * 3 * heads, headDim), dout: padRows(dout, N * heads, headDim) },
    { out: N * width, lse: N * heads, dqkv: N * 3 * width },
    (p, t) => {
      attentionForward(p, { heads, headDim, sequences: s, qkv: t.qkv, out: t.out, lse: t.lse });
      attentionBackward(p, { heads, headDim, sequences: s, dout: t.dout, qkv: t.qkv, out: t.out, lse: t.lse, dqkv: t.dqkv });
    });
  checkRows('out', got.out, want.out, headDim, { tolerance });
  checkClose('lse', got.lse, want.lse, { tolerance });
  checkRows('dqkv', got.dqkv, twin.attentionBackward(dout, qkv, want.out, want.lse, starts, lengths, heads, C), headDim, { tolerance: 2 * tolerance });
}

/** A processor without subgroups takes a third way. */
const ATTENTION_WAYS = [...WAYS, 'as opened, with default limits'] as const;
/** Global and local sequences, shorter and longer than a workgroup has rows. */
const SEQUENCES: Sequences[] = [
  { globals: 2, globalTokens: 5, locals: 3, localTokens: 2 },
  { globals: 2, globalTokens: 65, locals: 3, localTokens: 37 },
];

describe('as hardware: threads of a row add up in their subgroup, where a kernel can tell subgroups apart', () => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = Object.assign(await Gpu.open(), { software: false }); });
  afterAll(() => gpu.destroy());
  describe.each([[20, 3], [48, 1], [64, 2], [128, 1]])('heads of %i channels, %i of them', (headDim, heads) => {
    test.each(SEQUENCES)('%o', s => check(gpu, headDim, heads, s, 1, 1e-5));
  });
});

describe.each(ATTENTION_WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = way === 'as opened, with default limits' ? await Gpu.open({ defaultLimits: true }) : await openGpu(way); });
  afterAll(() => gpu.destroy());

  describe.each([[1, 3], [11, 2], [20, 3], [48, 1], [64, 2], [128, 1]])('heads of %i channels, %i of them', (headDim, heads) => {
    test.each(SEQUENCES)('%o', s => check(gpu, headDim, heads, s, 1, 1e-5));
  });

  describe('every length of sequence', () => {
    test.each([[1, 0], [2, 1], [4, 3], [33, 5], [37, 32], [63, 31], [64, 64], [65, 67], [131, 16]])('%i and %i tokens', (globalTokens, localTokens) =>
      check(gpu, 11, 2, { globals: 2, globalTokens, locals: localTokens ? 2 : 0, localTokens }, 1, 1e-5));
  });

  test('scores of hundreds neither overflow nor lose the softmax', () =>
    check(gpu, 20, 3, { globals: 2, globalTokens: 65, locals: 3, localTokens: 37 }, 8, 3e-4)); // a score of 300 has steps of 3e-5

  test.each([[70, 0], [70, 69], [1, 0], [5, 3]])('weights of one query among %i keys: query %i', async (tokens, query) => {
    const [heads, headDim, count] = [2, 11, 3];
    const C = heads * headDim;
    const qkv = normals(count * tokens * 3 * C, 3);
    const sequences: Sequences = { globals: count, globalTokens: tokens, locals: 0, localTokens: 0 };
    const { starts } = layout(sequences);
    const { weights } = await runOp(gpu,
      { qkv: padRows(qkv, count * tokens * 3 * heads, headDim) }, { weights: count * heads * tokens },
      (p, t) => attentionWeights(p, { heads, headDim, count, tokens, query, ...t }));
    checkClose('weights', weights, starts.flatMap(start => [...twin.attentionWeights(qkv, start, tokens, heads, C, query)]), { tolerance: 1e-5 });
    const sums = Array.from({ length: count * heads }, (_, i) => weights.subarray(i * tokens, (i + 1) * tokens).reduce((a, b) => a + b, 0));
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  });
});
