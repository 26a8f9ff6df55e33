/** Weights, input and target of the compared block: the same numbers for every framework, from one seed. */
import { Rng } from '#lib/rng.ts';

/** One pre-norm transformer block: `batch` sequences of `tokens` tokens of `width` channels, an MLP of 4 x width. */
export interface BlockSize { batch: number; tokens: number; width: number; heads: number }

/** The block that other frameworks were timed on as well. */
export const PEER_BLOCK: BlockSize = { batch: 4, tokens: 64, width: 192, heads: 3 };

export const MLP_RATIO = 4;
export const LAYERNORM_EPS = 1e-6;

/** AdamW with decoupled decay of every weight and bias correction, for all that are compared. */
export const ADAMW = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.04 } as const;

export interface BlockTensor { shape: readonly number[]; values: Float32Array }

export interface BlockData {
  size: BlockSize;
  /** By timm's names within a block; a linear layer's weight is (out, in), queries, keys and values lie in this order. */
  weights: Readonly<Record<string, BlockTensor>>;
  /** (batch, tokens, width). */
  x: Float32Array; target: Float32Array;
}

/** Xavier-uniform weights, small biases, norms near 1; input and target N(0, 1). */
export function blockData(size: BlockSize, seed = 1): BlockData {
  const rng = new Rng(seed);
  const { width: C } = size;
  const F = MLP_RATIO * C;
  const normals = (count: number, deviation: number, mean = 0) => Float32Array.from({ length: count }, () => mean + deviation * rng.normal());
  const weights: Record<string, BlockTensor> = {};
  const norm = (name: string) => {
    weights[`${name}.weight`] = { shape: [C], values: normals(C, 0.1, 1) };
    weights[`${name}.bias`] = { shape: [C], values: normals(C, 0.02) };
  };
  const linear = (name: string, out: number, into: number) => {
    const bound = Math.sqrt(6 / (out + into));
    weights[`${name}.weight`] = { shape: [out, into], values: Float32Array.from({ length: out * into }, () => rng.uniform(-bound, bound)) };
    weights[`${name}.bias`] = { shape: [out], values: normals(out, 0.02) };
  };
  norm('norm1');
  linear('attn.qkv', 3 * C, C);
  linear('attn.proj', C, C);
  norm('norm2');
  linear('mlp.fc1', F, C);
  linear('mlp.fc2', C, F);
  const count = size.batch * size.tokens * C;
  return { size, weights, x: normals(count, 1), target: normals(count, 1) };
}

/** Floating-point operations of a step's products and attention, multiply and add as two; the backward is twice the forward. */
export function blockFlops({ batch, tokens, width: C }: BlockSize): number {
  const linear = 2 * tokens * (4 * C * C + 2 * MLP_RATIO * C * C);
  return 3 * batch * (linear + 4 * tokens * tokens * C);
}
