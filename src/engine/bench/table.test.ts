import { expect, test } from 'vitest';
import type { BenchReport } from './records.ts';
import { benchMarkdown } from './table.ts';

const fit = (residual: number) => ({ intercept: 0, slope: 1, residual });

const report: BenchReport = {
  date: '2026-01-01T00:00:00.000Z', commit: 'abc1234', runtime: 'Node 20', options: { only: [], samples: 7, tiles: true },
  measured: {
    device: 'a device', software: false, subgroupSize: 32, features: [], peak: { flops: 40e9, bandwidth: 5e9 },
    gemm: [{ form: 'NT', m: 1024, n: 384, k: 384, tile: 'wide', splits: 1, ms: 30.2, flops: 10e9, share: 0.25, tiles: [{ tile: 'wide', ms: 30.2 }, { tile: 'none', ms: null }] }],
    attention: [{ pass: 'backward', sequences: 16, tokens: 197, heads: 6, headDim: 64, ms: 250, flops: 9.54e9, share: 0.239 }],
    elementwise: [{ op: 'LayerNorm forward', rows: 10, columns: 384, bytes: 67e6, ms: 20, bandwidth: 3.35e9, share: 0.67 }],
    block: { batch: 4, tokens: 64, width: 192, heads: 3, ms: 0.5, encodeMs: 0.125, firstStepSeconds: 1.25, dispatches: 30, submits: 1, bytes: 9 << 20, flops: 0.7e9 },
    steps: [{ preset: 'tiny', batch: 4, maskedPatches: 33, ms: 300, encodeMs: 2, dispatches: 200, submits: 1, bytes: 50 << 20, flops: 1.5e9, floor: { productMs: 150, elementwiseMs: 50, bytes: 1 }, ratio: 1.5 }],
    growth: { base: { depth: 4 }, axes: [{ axis: 'depth', unit: 'blocks', points: [{ x: 1, ms: 10, bytes: 1 << 20, flops: 1 }, { x: 2, ms: 20, bytes: 2 << 20, flops: 2 }], fits: { ms: fit(0.01), bytes: fit(0.02), msByFlops: fit(0.03) } }] },
  },
  peers: {
    device: 'a device',
    size: { batch: 4, tokens: 64, width: 192, heads: 3 }, lossError: 2e-7, tolerance: 1e-5,
    block: [
      { name: 'Glimpse', ms: 100, firstStepSeconds: 1, dispatches: 30, submits: 1, peakBytes: 20e6, losses: [2, 1], lossError: 0 },
      { name: 'other', ms: 450, firstStepSeconds: 3, dispatches: 150, submits: 160, peakBytes: 40e6, losses: [2, 1], lossError: 2e-7 },
    ],
    gemm: [{ form: 'NT', m: 512, n: 512, k: 512, results: [{ name: 'Glimpse', ms: 27, flops: 10e9 }, { name: 'other', ms: 108, flops: 2.5e9 }] }],
  },
};

test('rates stand beside their shares, others beside ours', () => {
  const lines = benchMarkdown(report).split('\n');
  expect(lines[0]).toBe('# Node 20, a device');
  expect(lines).toContain('40.00 GFLOP/s of multiply-adds (two each), 5.00 GB/s copied (read and written).');
  expect(lines).toContain('| NT | 1024 x 384 x 384 | wide | 30.20 | 10.00 | 25.0 % |');
  expect(lines).toContain('| NT | 1024 x 384 x 384 | 10.00 | no |');
  expect(lines).toContain('| backward | 16 x 197 | 6 x 64 | 250.0 | 9.54 | 23.9 % |');
  expect(lines).toContain('| LayerNorm forward | 10 x 384 | 67 | 20.00 | 3.35 | 67.0 % |');
  expect(lines).toContain('| 0.5000 | 1400 | 1.25 | 0.1250 | 30 | 1 | 9.0 |');
  expect(lines).toContain('| tiny | 4 | 300.0 | 1.50 | 5.00 | 200.0 | 1.50 | 2.00 | 200 | 1 | 50.0 |');
  expect(lines).toContain('| depth | 1, 2 | 10.00, 20.00 | 1.0, 2.0 | 1.0 % | 2.0 % | 3.0 % |');
  expect(lines).toContain('| other | 450.0 | 4.50x | 3.00 | 150 | 160 | 40.0 | 2.0e-7 |');
  expect(lines).toContain('| NT | 512 x 512 x 512 | 10.00 | 2.50 | 4.00x |');
});

test('every row of a table has as many cells as its head', () => {
  const lines = benchMarkdown(report).split('\n').filter(line => line.startsWith('|'));
  let cells = 0;
  lines.forEach((line, i) => {
    if (lines[i + 1]?.startsWith('| ---')) cells = line.split('|').length;
    expect(line.split('|').length, line).toBe(cells);
  });
  expect(lines.length).toBeGreaterThan(20);
});

test('what was not measured has no heading', () => {
  const { measured: _, ...rest } = report;
  expect(benchMarkdown(rest)).toContain('# Node 20, a device');
  expect(benchMarkdown(rest)).not.toContain('## Peak');
  expect(benchMarkdown(rest)).toContain('## The same block elsewhere');
});
