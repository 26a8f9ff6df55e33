/** Runs the groups of the benchmark that are asked for, on one device. */
import { Gpu, GpuError } from '#engine/gpu/device.ts';
import { measureAttention, measureElementwise, measureGemm } from './cases.ts';
import type { BenchOptions, Group, Measured } from './records.ts';
import { measureBlock, measureGrowth, measureSteps } from './steps.ts';
import { measurePeak } from '#engine/measure/peak.ts';
import { withPeak } from './roofline.ts';
import { DEFAULT_TIMING, type TimingOptions } from '#engine/measure/timing.ts';

/** Calls `say` with a line for whatever is done. Throws GpuError where something can't run. */
export async function runBench({ only, samples, tiles }: BenchOptions, say: (line: string) => void): Promise<Measured> {
  const gpu = await Gpu.open();
  const timing: TimingOptions = { ...DEFAULT_TIMING, samples };
  const wants = (group: Group) => only.includes(group);
  const faults: string[] = [];
  gpu.device.addEventListener('uncapturederror', event => faults.push((event as GPUUncapturedErrorEvent).error.message));
  try {
    const peak = await measurePeak(gpu, timing);
    say(`${gpu.name}: ${(peak.flops / 1e9).toFixed(1)} GFLOP/s of multiply-adds, ${(peak.bandwidth / 1e9).toFixed(2)} GB/s copied`);
    const measured: Measured = {
      device: gpu.name, software: gpu.software, subgroupSize: gpu.subgroupSize, features: [...gpu.device.features].sort(), peak,
    };
    // The floor of a step is made of the best product.
    if (wants('gemm') || wants('step')) measured.gemm = await measureGemm(gpu, peak, timing, tiles, say);
    if (wants('attention')) measured.attention = await measureAttention(gpu, peak, timing, say);
    if (wants('elementwise')) measured.elementwise = await measureElementwise(gpu, peak, timing, say);
    if (wants('block')) measured.block = await measureBlock(gpu, samples, say);
    if (wants('step')) measured.steps = await measureSteps(gpu, peak, Math.max(...measured.gemm!.map(g => g.flops)), samples, say);
    if (wants('growth')) measured.growth = await measureGrowth(gpu, samples, say);
    // The machine may have been busy at the start: the better of two counts.
    const again = await measurePeak(gpu, timing);
    // A command that the device refuses takes no time: such a result must not count.
    if (faults.length) throw new GpuError(`The device refused commands, so nothing of this counts: ${faults[0]}`);
    return withPeak(measured, { flops: Math.max(peak.flops, again.flops), bandwidth: Math.max(peak.bandwidth, again.bandwidth) });
  } finally {
    gpu.destroy();
  }
}
