/** The one GPU device of the worker: opened when it is first needed, and again after it was lost. */
import type { TrainerEvent } from '#contract/trainer.ts';
import { Gpu } from '#engine/gpu/device.ts';

export class DeviceHolder {
  private readonly send: (event: TrainerEvent) => void;
  private gpu: Promise<Gpu> | null = null;
  /** Called when a device is gone or of no more use. */
  onLost: (gpu: Gpu, why: string) => void = () => {};

  constructor(send: (event: TrainerEvent) => void) {
    this.send = send;
  }

  /** Throws GpuError where there is none; that isn't remembered: the person may turn hardware acceleration on and try again. */
  open(): Promise<Gpu> {
    this.gpu ??= Gpu.open().then(gpu => {
      gpu.device.addEventListener('uncapturederror', ({ error }) => {
        this.send({ type: 'failure', name: 'GpuError', message: `The GPU reported: ${error.message}` });
        // What was to be allocated isn't there, and what is computed without it is worth nothing.
        if (error instanceof GPUOutOfMemoryError) this.onLost(gpu, 'it ran out of memory');
      });
      void gpu.device.lost.then(info => this.onLost(gpu, info.message || 'no reason given'));
      return gpu;
    });
    this.gpu.catch(() => { this.gpu = null; });
    return this.gpu;
  }

  /** The next `open` asks for another device, if `gpu` is the one in use; else false. */
  async forget(gpu: Gpu): Promise<boolean> {
    if (await this.gpu?.catch(() => null) !== gpu) return false;
    this.gpu = null;
    return true;
  }
}
