import { type Config, validate } from '#contract/config.ts';
import { type Gpu, NoRoomError } from '#engine/gpu/device.ts';
import { estimateCost } from './cost.ts';

/** The largest micro-batch, as it is or smaller, for whose estimated memory the GPU has room by trying; null where there is none. */
export async function fittingMicroBatch(gpu: Gpu, config: Config): Promise<number | null> {
  const { batchSize } = config;
  const most = config.microBatch || batchSize;
  for (let microBatch = most; microBatch >= 1; microBatch--) {
    const smaller = { ...config, microBatch };
    if (batchSize % microBatch || validate(smaller).length) continue;
    if (await hasRoom(gpu, estimateCost(smaller).bytes)) return microBatch;
  }
  return null;
}

/** Allocates and frees so many bytes, in pieces that can be bound. */
async function hasRoom(gpu: Gpu, bytes: number): Promise<boolean> {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const piece = Math.min(maxBufferSize, maxStorageBufferBindingSize, 2 ** 28);
  try {
    const buffers = await gpu.allocating(async account =>
      Array.from({ length: Math.ceil(bytes / piece) }, (_, i) => account.buffer(`room ${i}`, Math.ceil(Math.min(piece, bytes - i * piece) / 4))));
    for (const b of buffers) gpu.release(b);
    return true;
  } catch (e) {
    if (e instanceof NoRoomError) return false;
    throw e;
  }
}
