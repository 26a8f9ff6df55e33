/** Runs the groups of the benchmark that are asked for, on one device. */
import { Gpu } from '#engine/gpu/device.ts';
import { measureAttention, measureElementwise, measureGemm } from './bench-cases.ts';
import type { BenchOptions, Group, Measured } from './bench-records.ts';
import { measureBlock, measureGrowth, measureSteps } from './bench-steps.ts';
import { measurePeak } from './peak.ts';
import { DEFAULT_TIMING, type TimingOptions } from './timing.ts';

/** Calls `say` with a line for whatever is done. Throws GpuError where something can't run. */
export async function runBench({ only, samples, tiles }: BenchOptions, say: (line: string) => void): Promise<Measured> {
  const gpu = await Gpu.open();
  const timing: TimingOptions = { ...DEFAULT_TIMING, samples };
  const wants = (group: Group) => only.includes(group);
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
    return measured;
  } finally {
    gpu.destroy();
  }
}
