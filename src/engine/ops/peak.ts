/** Kernels that do nothing but multiply-adds, or nothing but move memory: what a device can do at best. */
import fma from '#shaders/peak_fma.wgsl?raw';
import copy from '#shaders/peak_copy.wgsl?raw';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import { source } from './gemm.ts';

const UNROLL = 16;

export interface FmaLoop { chains: number; count: number; threads: number }

/** Floating-point operations of a run: multiply and add as two. */
export const fmaOperations = (f: FmaLoop): number => f.threads * f.chains * f.count * UNROLL * 4 * 2;

/** out (threads quads) = the sum of each thread's chains of v a + b. `threads` is a multiple of 64. */
export function peakFma<L>(p: Program<L>, f: FmaLoop & { a: number; b: number; out: Tensor }): void {
  p.add({ kernel: source('peak_fma', [fma], { CHAINS: f.chains, UNROLL, COUNT: f.count }), bind: [f.out], params: { a: f.a, b: f.b }, groups: f.threads / 64 });
}

/** How a copy deals quads out to threads: so many each, next to each other or a workgroup's width apart. */
export interface CopyShape { each: number; neighbours: boolean }

/** Copies `from` to `to`, a multiple of 256 x each words. */
export function peakCopy<L>(p: Program<L>, from: Tensor, to: Tensor, { each, neighbours }: CopyShape): void {
  p.add({ kernel: source('peak_copy', [copy], { EACH: each, NEIGHBOURS: neighbours }), bind: [from, to], groups: quads(from.words) / (64 * each) });
}
