/** A benchmark's records as Markdown: every rate beside its share of what the device can do. */
import type { BenchReport, Measured, PeersRecord } from './records.ts';
import { presetFloors } from './roofline.ts';

const G = 1e9;
const MiB = 2 ** 20;
const fixed = (v: number, digits: number): string => v.toFixed(digits);
const rate = (v: number): string => fixed(v / G, v / G < 100 ? 2 : 0);
const percent = (v: number): string => `${fixed(100 * v, 1)} %`;
const time = (ms: number): string => fixed(ms, ms < 1 ? 4 : ms < 100 ? 2 : 1);

type Row = readonly (string | number)[];

function table(head: readonly string[], rows: readonly Row[]): string {
  return [head, head.map((_, i) => i ? '--:' : '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

const section = (title: string, note: string, body: string): string => `## ${title}\n\n${note ? `${note}\n\n` : ''}${body}\n`;

export function benchMarkdown(r: BenchReport): string {
  const head = `# ${[r.runtime, r.measured?.device ?? r.peers?.device].filter(Boolean).join(', ')}\n\n${r.date}${r.commit ? `, commit ${r.commit}` : ''}. Fastest of ${r.options.samples} interleaved samples.\n`;
  return [head, ...(r.measured ? measuredSections(r.measured) : []), ...(r.peers ? peerSections(r.peers) : [])].join('\n');
}

function measuredSections(m: Measured): string[] {
  const out = [section('Peak', '', `${rate(m.peak.flops)} GFLOP/s of multiply-adds (two each), ${rate(m.peak.bandwidth)} GB/s copied (read and written).${m.software ? ' A software adapter.' : ''}`)];
  if (m.gemm) {
    out.push(section('Products', 'A linear layer with m rows, n outputs and k inputs: NT forward, NN the input\'s gradient, gradient the weight\'s.',
      table(['form', 'm x n x k', 'tile', 'ms', 'GFLOP/s', 'of peak'], m.gemm.map(g => [g.form, `${g.m} x ${g.n} x ${g.k}`, g.tile + (g.splits > 1 ? `, ${g.splits} slices` : ''), time(g.ms), rate(g.flops), percent(g.share)]))));
    const names = m.gemm[0]?.tiles?.map(t => t.tile) ?? [];
    if (names.length) {
      out.push(section('Products by tile', 'GFLOP/s.', table(['form', 'm x n x k', ...names], m.gemm.map(g =>
        [g.form, `${g.m} x ${g.n} x ${g.k}`, ...(g.tiles ?? []).map(t => t.ms === null ? 'no' : rate(2 * g.m * g.n * g.k / t.ms * 1000))]))));
    }
  }
  if (m.attention) {
    out.push(section('Attention', 'Forward counts two products, backward five, whatever a kernel computes again.',
      table(['pass', 'sequences x tokens', 'heads x width', 'ms', 'GFLOP/s', 'of peak'], m.attention.map(a => [a.pass, `${a.sequences} x ${a.tokens}`, `${a.heads} x ${a.headDim}`, time(a.ms), rate(a.flops), percent(a.share)]))));
  }
  if (m.elementwise) {
    out.push(section('What moves memory', 'Bytes that must be read and written, each tensor once for every time that the algorithm needs it.',
      table(['op', 'rows x columns', 'MB', 'ms', 'GB/s', 'of a copy'], m.elementwise.map(e => [e.op, `${e.rows} x ${e.columns}`, fixed(e.bytes / 1e6, 0), time(e.ms), rate(e.bandwidth), percent(e.share)]))));
  }
  if (m.block) {
    const b = m.block;
    out.push(section('One block, forward, backward and AdamW', `${b.batch} sequences of ${b.tokens} tokens, width ${b.width}, ${b.heads} heads, MLP x 4.`,
      table(['ms a step', 'GFLOP/s', 'first step, s', 'encoding, ms', 'dispatches', 'submits', 'MiB'],
        [[time(b.ms), rate(b.flops / b.ms * 1000), fixed(b.firstStepSeconds, 2), time(b.encodeMs), b.dispatches, b.submits, fixed(b.bytes / MiB, 1)]])));
  }
  if (m.steps) {
    out.push(section('Whole steps', 'The floor is every product and attention at the rate of the best measured product, plus every byte that element-wise parts must move at the rate of the best copy.',
      table(['preset', 'batch', 'ms', 'GFLOP', 'GFLOP/s', 'floor, ms', 'step over floor', 'encoding, ms', 'dispatches', 'submits', 'MiB'], m.steps.map(s =>
        [s.preset, s.batch, time(s.ms), fixed(s.flops / G, 2), rate(s.flops / s.ms * 1000), time(s.floor.productMs + s.floor.elementwiseMs), fixed(s.ratio, 2), time(s.encodeMs), s.dispatches, s.submits, fixed(s.bytes / MiB, 1)]))));
  }
  if (m.steps && m.gemm) {
    const best = Math.max(...m.gemm.map(g => g.flops));
    out.push(section('Floors of the presets', 'A step of each at its own batch: the operations of products and attention at the measured peak and at the rate of the best product, the bytes of the element-wise parts at that of the best copy.',
      table(['preset', 'batch', 'GFLOP', 'at the peak, ms', 'at the best product, ms', 'GB', 'moved, ms'], presetFloors(m.peak, best).map(f =>
        [f.title, f.batch, fixed(f.flops / G, 1), time(f.atPeakMs), time(f.atProductMs), fixed(f.bytes / G, 2), time(f.movingMs)]))));
  }
  if (m.growth) {
    const base = Object.entries(m.growth.base).map(([key, v]) => `${key} ${v}`).join(', ');
    out.push(section('How a step grows', `One axis at a time from ${base}. How far the points lie from a straight line, of the largest: time and memory against the axis, time against the operations counted.`,
      table(['axis', 'values', 'ms', 'MiB', 'time', 'memory', 'time by operations'], m.growth.axes.map(a =>
        [a.axis, a.points.map(p => p.x).join(', '), a.points.map(p => time(p.ms)).join(', '), a.points.map(p => fixed(p.bytes / MiB, 1)).join(', '), percent(a.fits.ms.residual), percent(a.fits.bytes.residual), percent(a.fits.msByFlops.residual)]))));
  }
  return out;
}

function peerSections(p: PeersRecord): string[] {
  const ours = p.block[0]!;
  const { batch, tokens, width, heads } = p.size;
  const over = (v: number, own: number) => `${fixed(v / own, 2)}x`;
  return [
    section('The same block elsewhere', `One pre-norm block, ${batch} sequences of ${tokens} tokens, width ${width}, ${heads} heads, MLP x 4: forward, backward and AdamW, from the same weights and input, in turns in one page. The losses of ${ours.losses.length} steps agree to ${p.lossError.toExponential(1)} (at most ${p.tolerance}).`,
      table(['', 'ms a step', 'to ours', 'first step, s', 'dispatches', 'submits', 'peak MB', 'loss off ours by'], p.block.map(b =>
        [b.name, time(b.ms), over(b.ms, ours.ms), fixed(b.firstStepSeconds, 2), b.dispatches, b.submits, fixed(b.peakBytes / 1e6, 1), b === ours ? '' : b.lossError.toExponential(1)]))),
    section('The same products elsewhere', 'GFLOP/s, and how many times as fast ours is.',
      table(['form', 'm x n x k', ...p.block.flatMap((b, i) => i ? [b.name, 'ours to it'] : [b.name])], p.gemm.map(g =>
        [g.form, `${g.m} x ${g.n} x ${g.k}`, ...g.results.flatMap((r, i) => i ? [rate(r.flops), over(g.results[0]!.flops, r.flops)] : [rate(r.flops)])]))),
  ];
}
