import toHalfSource from '#shaders/to_half.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';

/** half = single in 16 bits a number: as many numbers, half as many words. Needs no feature of the device. */
export function toHalf<L>(p: Program<L>, single: Tensor, half: Tensor): void {
  const count4 = quads(single.words);
  p.add({ kernel: source('to_half', [toHalfSource], {}), bind: [single, half], params: { count4 }, groups: Math.ceil(count4 / 256) });
}
