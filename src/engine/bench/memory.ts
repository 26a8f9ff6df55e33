/** Tensors for a measurement, released together. */
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { Rng } from '#lib/rng.ts';

/** Words of noise that are drawn; longer tensors repeat them. An odd number, so that rows differ. */
const DRAWN = 65_537;
let noise: Float32Array | null = null;

/** Standard normal numbers, the same each time. */
export function filled(words: number): Float32Array {
  if (!noise) {
    const rng = new Rng(1);
    noise = Float32Array.from({ length: DRAWN }, () => rng.normal());
  }
  const out = new Float32Array(words);
  for (let at = 0; at < words; at += DRAWN) out.set(noise.subarray(0, Math.min(DRAWN, words - at)), at);
  return out;
}

export class Memory {
  private readonly tensors: Tensor[] = [];
  readonly gpu: Gpu;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  zeros(label: string, words: number): Tensor {
    const t = tensor(this.gpu, label, words);
    this.tensors.push(t);
    return t;
  }

  random(label: string, words: number): Tensor {
    return this.of(label, filled(words));
  }

  of(label: string, values: Float32Array | Uint32Array): Tensor {
    const t = this.zeros(label, values.length);
    upload(this.gpu, t, values);
    return t;
  }

  release(): void {
    for (const t of this.tensors.splice(0)) this.gpu.release(t.buffer!);
  }
}
