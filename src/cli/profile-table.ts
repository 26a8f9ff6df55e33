import type { StepProfile } from './page/protocol.ts';

/** What the step took as a whole, then a line for each kernel: its share of the GPU's time, milliseconds, dispatches. */
export function profileLines(p: StepProfile): string[] {
  const total = p.kernels.reduce((ms, k) => ms + k.milliseconds, 0);
  const width = Math.max(6, ...p.kernels.map(k => k.kernel.length));
  return [
    `${p.device}: ${p.milliseconds.toFixed(1)} ms a micro-batch, ${(p.flops / p.milliseconds / 1e6).toFixed(2)} GFLOP/s over ${(p.flops / 1e9).toFixed(2)} GFLOP`,
    `${p.dispatches} dispatches, ${(p.bytes / 2 ** 20).toFixed(1)} MiB on the GPU, encoding takes ${p.encodeMilliseconds.toFixed(1)} ms (${(100 * p.encodeMilliseconds / p.milliseconds).toFixed(1)} %)`,
    '',
    `${'kernel'.padEnd(width)}  share        ms  dispatches`,
    ...p.kernels.map(k => `${k.kernel.padEnd(width)}  ${(100 * k.milliseconds / total).toFixed(1).padStart(4)} %  ${k.milliseconds.toFixed(2).padStart(8)}  ${String(k.count).padStart(10)}`),
  ];
}
