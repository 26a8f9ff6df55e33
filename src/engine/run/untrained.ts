import type { Config } from '#contract/config.ts';
import type { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { initialWeights, parameterLayout, parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';

/** A network as a run of this configuration would start with, to look through before there is a run. */
export class UntrainedTeacher {
  readonly config: Config;
  readonly parameters: Named;
  private readonly gpu: Gpu;
  private readonly flat: Tensor;

  constructor(gpu: Gpu, config: Config, rng: Rng) {
    this.gpu = gpu;
    this.config = config;
    const layout = parameterLayout(config);
    this.flat = tensor(gpu, 'untrained teacher', layout.total);
    upload(gpu, this.flat, initialWeights(layout, config, rng));
    this.parameters = parameterTensors(layout, this.flat);
  }

  destroy(): void {
    this.gpu.release(this.flat.buffer!);
  }
}
