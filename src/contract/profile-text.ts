/** A profile in words and figures, the same in the page, its Markdown and the terminal. */
import { type KernelRow, kernelRows, type ProfileReport, stepTotals } from './profile.ts';

/** 1234.5, 123.4, 12.34, 1.234, 0.123: three decimals at most. */
const number = (n: number): string => n.toFixed(n >= 100 ? 1 : n >= 10 ? 2 : 3);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const millis = (ms: number): string => `${number(ms)} ms`;

const flops = (n: number): string => n >= 1e12 ? `${number(n / 1e12)} TFLOP` : `${number(n / 1e9)} GFLOP`;
const bytesPerSecond = (n: number): string => `${number(n / 1e9)} GB/s`;
const flopsPerSecond = (n: number): string => n >= 1e12 ? `${number(n / 1e12)} TFLOP/s` : `${number(n / 1e9)} GFLOP/s`;
export const size = (bytes: number): string => bytes >= 2 ** 20 ? `${number(bytes / 2 ** 20)} MiB` : `${number(bytes / 1024)} KiB`;

export const NONE = '–';

export interface Total { name: string; value: string; note: string }

export function totalsText(p: ProfileReport): Total[] {
  const t = stepTotals(p);
  const ofStep = (share: number | null) => share === null ? '' : `${percent(share)} of the step`;
  return [
    { name: 'Step', value: millis(t.milliseconds), note: `${p.images} images, ${p.stepMs === null ? 'on the GPU' : p.step === null ? 'the fastest of some' : 'mean of the last steps'}` },
    { name: 'Speed', value: flopsPerSecond(t.rate), note: `${percent(t.ofPeak)} of the peak` },
    { name: 'GPU at work', value: millis(p.gpuMs), note: `${t.gpuShare === null ? '' : `${ofStep(t.gpuShare)}, `}timed by itself` },
    { name: 'Waiting for data', value: p.waitMs === null ? NONE : millis(p.waitMs), note: p.waitMs === null ? 'noise in place of images' : ofStep(t.waitShare) },
    { name: 'Encoding in JavaScript', value: p.encodeMs === null ? NONE : millis(p.encodeMs), note: ofStep(t.encodeShare) },
    { name: 'Work', value: flops(t.flops), note: `${p.dispatches} dispatches, ${p.submits} ${p.submits === 1 ? 'submit' : 'submits'}` },
    { name: 'GPU memory', value: size(p.bytes), note: p.buffers[0] ? `largest: ${size(p.buffers[0].bytes)}` : '' },
    { name: 'Measured peak', value: flopsPerSecond(p.peak.flops), note: `multiply-adds; copying ${bytesPerSecond(p.peak.bandwidth)}` },
  ];
}

export const COLUMNS = ['Kernel', 'Share', 'Time', 'Count', 'Speed', 'Of peak'] as const;

/** One kernel's cells, in the order of COLUMNS. */
export function cells(r: KernelRow): [string, string, string, string, string, string] {
  const rate = r.rate === null ? NONE : r.measure === 'operations' ? flopsPerSecond(r.rate) : bytesPerSecond(r.rate);
  return [r.name, r.share === null ? NONE : percent(r.share), r.milliseconds === null ? NONE : millis(r.milliseconds), String(r.count), rate, r.ofPeak === null ? NONE : percent(r.ofPeak)];
}

/** Which step of what it was. */
export function originText(p: ProfileReport): string {
  return p.step === null ? 'on noise, without a run' : `at step ${p.step} of a run`;
}

/** What to know before reading the table; empty where nothing is out of the ordinary. */
export function caveats(p: ProfileReport): string[] {
  return [
    ...(p.kernels.every(k => k.milliseconds === null) ? ['This adapter has no timestamps (timestamp-query), so kernels can’t be timed one by one. The step as a whole is timed by the clock.'] : []),
    ...(p.coarse ? ['This browser rounds GPU timestamps to more than a short kernel takes. Times are means of many runs; those of small kernels are uncertain.'] : []),
  ];
}

/** "micro-batch block 0 pre|block 1 pre|…" is one buffer that many tensors share in turn. */
export function bufferName(label: string): string {
  const [first = label, ...rest] = label.split('|');
  return rest.length ? `${first} and others in turn` : first;
}

export const HOW_TO_READ = 'Share is of the GPU’s time. Speed is operations (products, attention) or bytes that must move at least (all others) over time; of peak, against the multiply-adds or the copying that this device was measured to do.';

export function profileMarkdown(p: ProfileReport): string {
  const line = (values: readonly string[]) => `| ${values.map(v => v.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `### ${p.device}, ${originText(p)}`, '',
    ...totalsText(p).map(t => `- ${t.name}: ${t.value}${t.note && ` (${t.note})`}`), '',
    ...caveats(p).flatMap(c => [c, '']),
    line(COLUMNS), line(COLUMNS.map((_, i) => i ? '---:' : '---')),
    ...kernelRows(p).map(r => line(cells(r))), '',
    HOW_TO_READ, '',
    ...p.buffers.map(b => `- ${bufferName(b.label)}: ${size(b.bytes)}`), '',
  ].join('\n');
}

/** Unrounded: a head and a row for each kernel. */
export function profileRows(p: ProfileReport): (string | number)[][] {
  return [
    ['name', 'kernel', 'count', 'milliseconds', 'share', 'flops', 'bytes', 'per_second', 'unit', 'of_peak'],
    ...kernelRows(p).map((r, i) => [
      r.name, r.kernel, r.count, r.milliseconds ?? '', r.share ?? '', p.kernels[i]!.flops, p.kernels[i]!.bytes,
      r.rate ?? '', r.measure === 'operations' ? 'FLOP/s' : 'B/s', r.ofPeak ?? '',
    ]),
  ];
}
