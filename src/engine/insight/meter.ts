import type { Gpu } from '#engine/gpu/device.ts';

/** What a view takes away from training: time of the GPU, and of the thread that also prepares steps. */
export class Meter {
  ms = 0;

  /** From the end of what was queued before to the end of what `submit` queues, and the time it takes to queue it. */
  async gpu(gpu: Gpu, submit: () => void | Promise<void>): Promise<void> {
    const { queue } = gpu.device;
    const start = performance.now();
    const before = queue.onSubmittedWorkDone().then(() => performance.now());
    await submit();
    const submitted = performance.now();
    await queue.onSubmittedWorkDone();
    this.ms += performance.now() - Math.max(submitted, await before) + submitted - start;
  }

  cpu<T>(act: () => T): T {
    const start = performance.now();
    const result = act();
    this.ms += performance.now() - start;
    return result;
  }
}
