/** Brings the numbers of each step back through a ring of staging buffers, so that training never waits for one. */
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';

export interface StepNumbers {
  dino: number; ibot: number; koleo: number; teacherEntropy: number; gradNorm: number; taken: boolean;
  meanEntropy: number; prototypesUsed: number; agreement: number; featureSpread: number;
}

const RING = 4;

interface Slot { copy: (encoder: GPUCommandEncoder) => void; read: () => Promise<StepNumbers> }

export class NumbersReader {
  private readonly gpu: Gpu;
  private readonly source: Tensor;
  private readonly staging: { buffer: GPUBuffer; free: Promise<unknown> }[];
  private next = 0;

  constructor(gpu: Gpu, numbers: Tensor) {
    this.gpu = gpu;
    this.source = numbers;
    this.staging = Array.from({ length: RING }, (_, i) => ({
      buffer: gpu.buffer(`numbers staging ${i}`, numbers.words, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
      free: Promise.resolve(),
    }));
  }

  /** The next staging buffer, once its last content was read. */
  async slot(): Promise<Slot> {
    const slot = this.staging[this.next++ % RING]!;
    await slot.free;
    const { buffer } = slot;
    return {
      copy: encoder => encoder.copyBufferToBuffer(this.source.buffer!, this.source.offset, buffer, 0, buffer.size),
      read: () => {
        const numbers = buffer.mapAsync(GPUMapMode.READ).then(() => {
          const words = new Float32Array(buffer.getMappedRange().slice(0));
          buffer.unmap();
          const [dino, ibot, koleo, teacherEntropy, gradNorm, taken] = words as unknown as [number, number, number, number, number, number];
          const [meanEntropy, prototypesUsed, agreement, featureSpread] = words.subarray(9) as unknown as [number, number, number, number];
          return { dino, ibot, koleo, teacherEntropy, gradNorm, taken: taken === 1, meanEntropy, prototypesUsed, agreement, featureSpread };
        });
        slot.free = numbers.catch(() => {});
        return numbers;
      },
    };
  }

  destroy(): void {
    for (const { buffer } of this.staging) this.gpu.release(buffer);
  }
}
