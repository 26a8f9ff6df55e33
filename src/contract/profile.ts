/** Where the time of a step goes: what is measured, and what follows from it. */

/** One kernel in one of its uses, over a whole step. */
export interface KernelProfile {
  kernel: string;
  /** Tells the uses of one kernel apart; empty where it has one. */
  use: string;
  /** Dispatches. */
  count: number;
  /** On the GPU; null where the adapter has no timestamps. */
  milliseconds: number | null;
  /** Multiply and add as two; 0 where operations aren't what takes the time. */
  flops: number;
  /** What must move at least once. */
  bytes: number;
}

export interface ProfileReport {
  device: string;
  /** Steps of the run when it was measured; null without a run, on noise in place of images. */
  step: number | null;
  images: number;
  /** Of one step, the slowest first (the most operations first where there are no times). */
  kernels: KernelProfile[];
  /** A step by the clock: the mean of the run's last ones, or the fastest of those on noise; null before a run's first. */
  stepMs: number | null;
  /** A step on the GPU, timed in one piece. */
  gpuMs: number;
  /** Of a step: waiting for images (null without a run), and drawing masks, filling tables, encoding in JavaScript. */
  waitMs: number | null;
  encodeMs: number | null;
  /** Timestamps are rounded to more than a kernel takes: times are means of many runs, small ones are uncertain. */
  coarse: boolean;
  dispatches: number;
  submits: number;
  /** On the GPU, and the buffers that take most of it. */
  bytes: number;
  buffers: { label: string; bytes: number }[];
  /** Measured, per second: floating-point operations of multiply-adds, bytes read and written by a copy. */
  peak: { flops: number; bandwidth: number };
}

export interface KernelRow {
  /** For people, and the kernel's own name. */
  name: string; kernel: string;
  count: number;
  milliseconds: number | null;
  /** Of the GPU's time of a step. */
  share: number | null;
  /** Operations or bytes per second, and of the peak. */
  measure: 'operations' | 'bytes';
  rate: number | null;
  ofPeak: number | null;
}

const SPELT: Record<string, string> = { adamw: 'AdamW', ema: 'EMA', koleo: 'KoLeo', layernorm: 'LayerNorm' };

/** "attention_backward_key" is "Attention backward key", and all products go by that word. */
function nameOf({ kernel, use }: KernelProfile): string {
  const words = kernel.startsWith('gemm') ? 'Products' : kernel.split('_').map(w => SPELT[w] ?? w).join(' ').replace(/^./, c => c.toUpperCase());
  return use ? `${words}, ${use}` : words;
}

export function kernelRows(p: ProfileReport): KernelRow[] {
  const total = p.kernels.reduce((ms, k) => ms + (k.milliseconds ?? 0), 0);
  return p.kernels.map(k => {
    const measure = k.flops ? 'operations' : 'bytes';
    const [amount, peak] = k.flops ? [k.flops, p.peak.flops] : [k.bytes, p.peak.bandwidth];
    const rate = k.milliseconds ? 1000 * amount / k.milliseconds : null;
    return {
      name: nameOf(k), kernel: k.kernel, count: k.count, milliseconds: k.milliseconds, measure, rate,
      share: k.milliseconds === null || !total ? null : k.milliseconds / total,
      ofPeak: rate === null ? null : rate / peak,
    };
  });
}

export interface StepTotals {
  /** By the clock, or on the GPU where no step was taken yet. */
  milliseconds: number;
  flops: number; rate: number; ofPeak: number;
  /** Of the step by the clock; null where it isn't known. */
  gpuShare: number | null; waitShare: number | null; encodeShare: number | null;
}

export function stepTotals(p: ProfileReport): StepTotals {
  const milliseconds = p.stepMs ?? p.gpuMs;
  const flops = p.kernels.reduce((sum, k) => sum + k.flops, 0);
  const rate = 1000 * flops / milliseconds;
  const shareOf = (ms: number | null) => ms === null || p.stepMs === null ? null : ms / p.stepMs;
  return { milliseconds, flops, rate, ofPeak: rate / p.peak.flops, gpuShare: shareOf(p.gpuMs), waitShare: shareOf(p.waitMs), encodeShare: shareOf(p.encodeMs) };
}
