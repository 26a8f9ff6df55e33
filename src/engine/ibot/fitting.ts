import { type Config, validate } from '#contract/config.ts';
import { type Gpu, NoRoomError } from '#engine/gpu/device.ts';
import { TrainingStep } from './step.ts';

/** The largest micro-batch, as it is or smaller, for which the GPU has room, by allocating what a step needs; null where there is none. */
export async function fittingMicroBatch(gpu: Gpu, config: Config): Promise<number | null> {
  const { batchSize } = config;
  for (let microBatch = config.microBatch || batchSize; microBatch >= 1; microBatch--) {
    const smaller = { ...config, microBatch };
    if (batchSize % microBatch === 0 && validate(smaller).length === 0 && await hasRoom(gpu, smaller)) return microBatch;
  }
  return null;
}

async function hasRoom(gpu: Gpu, config: Config): Promise<boolean> {
  try {
    const step = await gpu.allocating(async account => new TrainingStep(account, config).reserve());
    step.destroy();
    return true;
  } catch (e) {
    if (e instanceof NoRoomError) return false;
    throw e;
  }
}
