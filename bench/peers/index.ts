/** The frameworks that Glimpse is compared with, each behind the same few calls. */
import type { Contestant, productSizes } from '../../src/engine/bench/peer.ts';
import { jax } from './jax.ts';
import { tensorflow } from './tfjs.ts';

export interface PeerOptions {
  adamw: { lr: number; beta1: number; beta2: number; eps: number; decay: number };
  /** Of the layer norms. */
  eps: number;
  productSizes: typeof productSizes;
  jaxVersion: string;
}

export const peers = (options: PeerOptions): Contestant[] => [tensorflow(options), jax(options)];
