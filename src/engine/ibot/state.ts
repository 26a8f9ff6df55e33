/** Everything on the GPU that a run is: weights, moments, gradients, centers and the numbers of the step. */
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { padded, tensor } from '#engine/gpu/tensor.ts';
import { type ModelShape, parameterLayout, type ParameterLayout, parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';

/**
 * Words of the step's numbers: class-token loss, patch loss, KoLeo, teacher entropy, gradient norm, 1 when the step
 * was taken. They start at 0 in each step; word 8 is 1 once a step was refused.
 */
export const NUMBERS = 16;
export const STEP_NUMBERS = 8;

export class TrainingState {
  readonly layout: ParameterLayout;
  readonly student: Tensor;
  readonly teacher: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  readonly gradients: Tensor;
  /** (2, prototypes): of class rows, of patch rows. */
  readonly centers: Tensor;
  readonly centerSums: Tensor;
  readonly numbers: Tensor;
  /** Views by parameter name. */
  readonly studentOf: Named;
  readonly teacherOf: Named;
  readonly gradientOf: Named;
  private readonly gpu: Gpu;

  /** Throws GpuError where the model doesn't fit a binding of this device. */
  constructor(gpu: Gpu, shape: ModelShape) {
    this.gpu = gpu;
    this.layout = parameterLayout(shape);
    const flat = (label: string) => tensor(gpu, label, this.layout.total);
    this.student = flat('student');
    this.teacher = flat('teacher');
    this.first = flat('first moments');
    this.second = flat('second moments');
    this.gradients = flat('gradients');
    this.centers = tensor(gpu, 'centers', 2 * padded(shape.prototypes));
    this.centerSums = tensor(gpu, 'center sums', 2 * padded(shape.prototypes));
    this.numbers = tensor(gpu, 'numbers', NUMBERS);
    this.studentOf = parameterTensors(this.layout, this.student);
    this.teacherOf = parameterTensors(this.layout, this.teacher);
    this.gradientOf = parameterTensors(this.layout, this.gradients);
  }

  destroy(): void {
    for (const t of [this.student, this.teacher, this.first, this.second, this.gradients, this.centers, this.centerSums, this.numbers]) {
      this.gpu.release(t.buffer!);
    }
  }
}
