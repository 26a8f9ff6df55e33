/** What every compared framework has to offer, ours included: the block's training step and plain products. */
import type { BlockData } from './block-data.ts';

export type ProductForm = 'NT' | 'NN' | 'gradient';

/** A linear layer's product: x (m, k), weight (n, k), y (m, n). */
export interface ProductShape { m: number; n: number; k: number }

/**
 * NT: y = x weight^T. NN: dx (m, k) = dy (m, n) weight. gradient: dweight (n, k) = dy^T x.
 * Rows and columns of both operands and of the result.
 */
export function productSizes(form: ProductForm, { m, n, k }: ProductShape): { a: readonly [number, number]; b: readonly [number, number]; out: readonly [number, number] } {
  if (form === 'NT') return { a: [m, k], b: [n, k], out: [m, n] };
  if (form === 'NN') return { a: [m, n], b: [n, k], out: [m, k] };
  return { a: [m, n], b: [m, k], out: [n, k] };
}

export interface BlockRun {
  /** Takes one step; its loss, as it was before the step. */
  step(): Promise<number>;
  /** Takes so many steps, waiting for the GPU once, at the end. */
  steps(count: number): Promise<void>;
  destroy(): void;
}

export interface ProductRun {
  /** Computes the product so many times, waiting for the GPU once, at the end. */
  run(count: number): Promise<void>;
  result(): Promise<Float32Array>;
  destroy(): void;
}

export interface Contestant {
  /** Name and version. */
  name: string;
  /** On a device of its own, which is what its memory is counted by. */
  open(): Promise<GPUDevice>;
  /** What has to be done once for a shape is done here or in the first step. */
  block(data: BlockData): Promise<BlockRun>;
  product(form: ProductForm, shape: ProductShape, a: Float32Array, b: Float32Array): Promise<ProductRun>;
  close(): void;
}
