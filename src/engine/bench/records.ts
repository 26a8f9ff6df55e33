/** What `npm run bench` writes. Times are the least of interleaved samples, in milliseconds of one run. */
import type { ProductForm, ProductShape } from './peer.ts';

export const GROUPS = ['gemm', 'attention', 'elementwise', 'block', 'step', 'growth'] as const;
export type Group = typeof GROUPS[number];

export interface BenchOptions {
  only: readonly Group[];
  /** Interleaved rounds. */
  samples: number;
  /** Times every usable tile of each product too. */
  tiles: boolean;
}

export interface GemmRecord extends ProductShape {
  form: ProductForm; tile: string; splits: number; ms: number;
  /** Operations a second, multiply and add as two, and their share of the peak. */
  flops: number; share: number;
  /** Every usable tile's time; null where its kernel doesn't compile here. */
  tiles?: { tile: string; ms: number | null }[];
}

export interface AttentionRecord {
  pass: 'forward' | 'backward'; sequences: number; tokens: number; heads: number; headDim: number;
  ms: number; flops: number; share: number;
}

export interface ElementwiseRecord {
  op: string; rows: number; columns: number;
  /** Bytes that must be read and written, each tensor once for every time that the algorithm needs it. */
  bytes: number; ms: number;
  /** Bytes a second, and their share of the best copy. */
  bandwidth: number; share: number;
}

export interface StepCost {
  /** From the first command to the end on the GPU; JavaScript's part of it. */
  ms: number; encodeMs: number;
  dispatches: number; submits: number;
  /** Bytes of all buffers. */
  bytes: number;
  flops: number;
}

export interface BlockRecord extends StepCost { firstStepSeconds: number; batch: number; tokens: number; width: number; heads: number }

export interface StepRecord extends StepCost {
  preset: string; batch: number; maskedPatches: number;
  /** The parts of the floor: products and attention at the best measured product, element-wise bytes at the best copy. */
  floor: { productMs: number; elementwiseMs: number; bytes: number };
  /** The step over its floor. */
  ratio: number;
}

export interface GrowthPoint { x: number; ms: number; bytes: number; flops: number }

/** A straight line through values by least squares; `residual` is the largest distance from it over the largest value. */
export interface Fit { intercept: number; slope: number; residual: number }

export interface GrowthRecord {
  axis: string; unit: string; points: GrowthPoint[];
  /** Time and memory against the axis, time against the estimated operations. */
  fits: { ms: Fit; bytes: Fit; msByFlops: Fit };
}

export interface PeerBlockRecord {
  name: string; ms: number; firstStepSeconds: number; dispatches: number; submits: number; peakBytes: number;
  losses: number[];
  /** Largest relative difference of a loss from ours. */
  lossError: number;
}

export interface PeerProductRecord extends ProductShape { form: ProductForm; results: { name: string; ms: number; flops: number }[] }

export interface PeersRecord {
  device: string;
  size: { batch: number; tokens: number; width: number; heads: number };
  /** Largest relative difference of a loss between any two. */
  lossError: number; tolerance: number;
  block: PeerBlockRecord[]; gemm: PeerProductRecord[];
}

/** What one machine measured, groups that weren't asked for left out. */
export interface Measured {
  device: string; software: boolean; subgroupSize: number; features: string[];
  peak: { flops: number; bandwidth: number };
  gemm?: GemmRecord[]; attention?: AttentionRecord[]; elementwise?: ElementwiseRecord[];
  block?: BlockRecord; steps?: StepRecord[]; growth?: { base: Record<string, number>; axes: GrowthRecord[] };
}

export interface BenchReport {
  date: string; commit: string | null; runtime: string; options: BenchOptions;
  measured?: Measured; peers?: PeersRecord;
}
