/** Single ops at sizes that count: products, attention, and what only moves memory. */
import type { Gpu } from '#engine/gpu/device.ts';
import { GpuError } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { attentionBackward, attentionForward } from '#engine/ops/attention.ts';
import type { Sequences } from '#engine/ops/sequences.ts';
import { choose, tilesOf, usableTiles } from '#engine/ops/tiles.ts';
import type { AttentionRecord, ElementwiseRecord, GemmRecord } from './records.ts';
import { planProduct } from './contestant.ts';
import { LARGE_SHAPES, PRODUCT_FORMS, PRODUCT_SHAPES } from './contest.ts';
import { elementwiseCases } from './elementwise-cases.ts';
import { Memory } from './memory.ts';
import type { Peak } from '#engine/measure/peak.ts';
import { type ProductForm, type ProductShape, productSizes } from './peer.ts';
import { timePrograms, type TimingOptions } from '#engine/measure/timing.ts';

type Say = (line: string) => void;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export async function measureGemm(gpu: Gpu, peak: Peak, timing: TimingOptions, everyTile: boolean, say: Say): Promise<GemmRecord[]> {
  const memory = new Memory(gpu);
  const table = tilesOf(gpu);
  const tiles = everyTile ? usableTiles(gpu).map(t => t.name) : [];
  const shapes = gpu.software ? PRODUCT_SHAPES : [...PRODUCT_SHAPES, ...LARGE_SHAPES];
  const cases = shapes.flatMap(shape => PRODUCT_FORMS.map(form => ({ form, shape, ...operands(memory, form, shape) })));
  const programs: { program: Program; at: number; tile: string | null }[] = [];
  const broken = new Set<string>();
  try {
    for (const [at, c] of cases.entries()) {
      for (const tile of [null, ...tiles]) {
        const program = new Program(gpu, `${c.form} ${tile ?? 'as chosen'}`);
        table.forced = tile ?? table.forced;
        try {
          planProduct(program, c.form, c.shape, c);
          await program.build();
          programs.push({ program, at, tile });
        } catch (thrown) {
          program.destroy();
          if (tile === null || !(thrown instanceof GpuError)) throw thrown;
          broken.add(`${at} ${tile}`);
          say(thrown.message);
        } finally {
          if (tile) table.forced = null;
        }
      }
    }
    const times = await timePrograms(programs.map(p => p.program), timing);
    const timeOf = (at: number, tile: string | null) => times[programs.findIndex(p => p.at === at && p.tile === tile)]!;
    return cases.map(({ form, shape }, at): GemmRecord => {
      const { tile, splits } = choose(gpu, { form, rows: shape.m, ...(form === 'NT' ? { n: shape.n, k: shape.k } : { n: shape.k, k: shape.n }), epilogue: '' });
      const ms = timeOf(at, null);
      const flops = 2 * shape.m * shape.n * shape.k / ms * 1000;
      say(`${form} ${shape.m}x${shape.n}x${shape.k} with ${tile.name}: ${(flops / 1e9).toFixed(2)} GFLOP/s, ${percent(flops / peak.flops)} of peak`);
      return {
        form, ...shape, tile: tile.name, splits, ms, flops, share: flops / peak.flops,
        ...(everyTile ? { tiles: tiles.map(name => ({ tile: name, ms: broken.has(`${at} ${name}`) ? null : timeOf(at, name) })) } : {}),
      };
    });
  } finally {
    for (const { program } of programs) program.destroy();
    memory.release();
  }
}

function operands(memory: Memory, form: ProductForm, shape: ProductShape): { a: Tensor; b: Tensor; out: Tensor } {
  const { a, b, out } = productSizes(form, shape);
  return { a: memory.random('a', a[0] * a[1]), b: memory.random('b', b[0] * b[1]), out: memory.zeros('out', out[0] * out[1]) };
}

const ATTENTION = [{ sequences: 16, tokens: 197, heads: 6, headDim: 64 }, { sequences: 64, tokens: 65, heads: 3, headDim: 64 }];
/** So many times the sequences fill a GPU. */
const MORE_SEQUENCES = 8;
/**
 * Products of tokens x tokens x headDim that cannot be done without: scores and weighted values forward; backward the
 * scores again, and the gradients of weights, values, queries and keys. A kernel that computes more gets no credit.
 */
const ATTENTION_PRODUCTS = { forward: 2, backward: 5 } as const;

export async function measureAttention(gpu: Gpu, peak: Peak, timing: TimingOptions, say: Say): Promise<AttentionRecord[]> {
  const memory = new Memory(gpu);
  const programs: Program[] = [];
  const records: AttentionRecord[] = [];
  try {
    for (const size of ATTENTION) {
      const a = gpu.software ? size : { ...size, sequences: MORE_SEQUENCES * size.sequences };
      const rows = a.sequences * a.tokens;
      const width = a.heads * padded(a.headDim);
      const sequences: Sequences = { globals: a.sequences, globalTokens: a.tokens, locals: 0, localTokens: 0 };
      const qkv = memory.random('qkv', rows * 3 * width);
      const [out, dout, lse, dqkv] = [memory.zeros('out', rows * width), memory.random('dout', rows * width), memory.zeros('lse', rows * a.heads), memory.zeros('dqkv', rows * 3 * width)];
      const forward = new Program(gpu, 'attention forward');
      attentionForward(forward, { ...a, sequences, qkv, out, lse });
      const backward = new Program(gpu, 'attention backward');
      attentionBackward(backward, { ...a, sequences, dout, qkv, out, lse, dqkv });
      programs.push(forward, backward);
      for (const pass of ['forward', 'backward'] as const) records.push({ pass, ...a, ms: 0, flops: 0, share: 0 });
    }
    await Promise.all(programs.map(p => p.build()));
    // The backward reads what the forward wrote.
    for (const p of programs) p.run();
    const times = await timePrograms(programs, timing);
    records.forEach((r, i) => {
      r.ms = times[i]!;
      r.flops = ATTENTION_PRODUCTS[r.pass] * 2 * r.sequences * r.heads * r.tokens ** 2 * r.headDim / r.ms * 1000;
      r.share = r.flops / peak.flops;
      say(`attention ${r.pass} ${r.sequences} x ${r.tokens} tokens, ${r.heads} heads: ${(r.flops / 1e9).toFixed(2)} GFLOP/s, ${percent(r.share)} of peak`);
    });
    return records;
  } finally {
    for (const p of programs) p.destroy();
    memory.release();
  }
}

/** One op at a time: together they wouldn't fit. */
export async function measureElementwise(gpu: Gpu, peak: Peak, timing: TimingOptions, say: Say): Promise<ElementwiseRecord[]> {
  const records: ElementwiseRecord[] = [];
  for (const c of elementwiseCases(gpu)) {
    const memory = new Memory(gpu);
    const program = new Program(gpu, c.op);
    try {
      c.plan(program, memory);
      await program.build();
      const [ms] = await timePrograms([program], timing) as [number];
      const bandwidth = c.bytes / ms * 1000;
      records.push({ op: c.op, rows: c.rows, columns: c.columns, bytes: c.bytes, ms, bandwidth, share: bandwidth / peak.bandwidth });
      say(`${c.op}, ${c.rows} x ${c.columns}: ${(bandwidth / 1e9).toFixed(2)} GB/s, ${percent(bandwidth / peak.bandwidth)} of a copy`);
    } finally {
      program.destroy();
      memory.release();
    }
  }
  return records;
}
