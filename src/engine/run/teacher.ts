import type { Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { tensor, upload } from '#engine/gpu/tensor.ts';
import { initialNetworks } from '#engine/ibot/initial.ts';
import type { TrainingState } from '#engine/ibot/state.ts';
import { type ParameterLayout, parameterLayout, parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';

/** A teacher that can be looked through. */
export interface Teacher {
  readonly config: Config;
  readonly layout: ParameterLayout;
  /** All its weights, and its parameters by name. */
  readonly flat: Tensor;
  readonly parameters: Named;
  /** Steps that it has seen. */
  readonly step: number;
  /** It is another one in a moment. */
  readonly training: boolean;
}

/** The run's own, as it is now. */
export class LiveTeacher implements Teacher {
  readonly config: Config;
  readonly layout: ParameterLayout;
  readonly flat: Tensor;
  readonly parameters: Named;
  private readonly run: { readonly step: number; readonly training: boolean };

  constructor(run: { readonly config: Config; readonly step: number; readonly training: boolean }, { layout, teacher, teacherOf }: TrainingState) {
    this.config = run.config;
    this.layout = layout;
    this.flat = teacher;
    this.parameters = teacherOf;
    this.run = run;
  }

  get step(): number {
    return this.run.step;
  }

  get training(): boolean {
    return this.run.training;
  }
}

/** Room for one that stays what it is until another takes its place: untrained, or as a run's was at a step. */
export class StillTeacher implements Teacher {
  readonly config: Config;
  readonly layout: ParameterLayout;
  readonly flat: Tensor;
  readonly parameters: Named;
  readonly training = false;
  private held = -1;
  private readonly gpu: Gpu;

  constructor(gpu: Gpu, config: Config) {
    this.gpu = gpu;
    this.config = config;
    this.layout = parameterLayout(config);
    this.flat = tensor(gpu, 'still teacher', this.layout.total);
    this.parameters = parameterTensors(this.layout, this.flat);
  }

  /** -1 while there is none. */
  get step(): number {
    return this.held;
  }

  /** Throws RangeError where the weights are not those of this configuration. */
  hold(step: number, weights: Float32Array): void {
    if (weights.length !== this.layout.total) throw new RangeError(`The checkpoint of step ${step} holds ${weights.length} numbers of the teacher, its configuration wants ${this.layout.total}.`);
    upload(this.gpu, this.flat, weights);
    this.held = step;
  }

  destroy(): void {
    this.gpu.release(this.flat.buffer!);
  }
}

/** The teacher as a run of this configuration starts. */
export const untrainedWeights = (config: Config): Float32Array<ArrayBuffer> => initialNetworks(parameterLayout(config), config, new Rng(config.seed, 1)).teacher;
