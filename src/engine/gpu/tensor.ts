/** Persistent tensors and views into them. */
import type { Gpu } from './device.ts';
import type { Tensor } from './program.ts';

/** Rows are padded to whole quads (vec4f): padding columns hold zeros everywhere. */
export const quads = (n: number): number => Math.ceil(n / 4);
export const padded = (n: number): number => 4 * quads(n);

export function tensor(gpu: Gpu, label: string, words: number): Tensor {
  return { label, words, buffer: gpu.buffer(label, words), offset: 0 };
}

/** A part of a tensor; `start` must be a multiple of 64 words, the alignment of a binding. */
export function part(t: Tensor, label: string, start: number, words: number): Tensor {
  if (start % 64) throw new Error(`"${label}" starts at word ${start} of "${t.label}", must be a multiple of 64.`);
  return { label, words, buffer: t.buffer, offset: t.offset + 4 * start };
}

export function upload(gpu: Gpu, t: Tensor, data: Float32Array | Uint32Array | Int32Array, at = 0): void {
  gpu.device.queue.writeBuffer(t.buffer!, t.offset + 4 * at, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

export async function download(gpu: Gpu, t: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await gpu.read(t.buffer!, t.words, t.offset));
}

/** Queues a copy of all of `from` to the start of `to`. */
export function copy(gpu: Gpu, from: Tensor, to: Tensor): void {
  const commands = gpu.device.createCommandEncoder({ label: `copy of ${from.label}` });
  commands.copyBufferToBuffer(from.buffer!, from.offset, to.buffer!, to.offset, 4 * from.words);
  gpu.device.queue.submit([commands.finish()]);
}

/** A tensor of its own with the same content. */
export function copyOf(gpu: Gpu, t: Tensor): Tensor {
  const made = tensor(gpu, `copy of ${t.label}`, t.words);
  copy(gpu, t, made);
  return made;
}
