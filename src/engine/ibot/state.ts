/** Everything on the GPU that a run is: weights, moments, gradients, centers and the numbers of the step. */
import type { Config } from '#contract/config.ts';
import { type Gpu, GpuError } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { download, padded, part, tensor, upload } from '#engine/gpu/tensor.ts';
import { type ModelShape, parameterLayout, type ParameterLayout, parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';

/**
 * Words of the step's numbers: class-token loss, patch loss, KoLeo, teacher entropy, gradient norm, 1 when the step
 * was taken. They start at 0 in each step; word 8 is 1 once a step was refused. From word 9 on: what `BatchHealth` found.
 */
export const NUMBERS = 16;
export const STEP_NUMBERS = 8;

export type StateTensor = 'student' | 'teacher' | 'first' | 'second' | 'centers';

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
  /** 16-bit copies that the products of a step read, with what each is a copy of; none but with halfStorage. */
  readonly halves: readonly { single: Tensor; half: Tensor }[];
  /** Views by parameter name. */
  readonly studentOf: Named;
  readonly teacherOf: Named;
  readonly gradientOf: Named;
  /** The same as a step reads them: with halfStorage the weights of linear layers are the copies. */
  readonly studentRead: Named;
  readonly teacherRead: Named;
  private readonly gpu: Gpu;

  /** Throws GpuError where the model doesn't fit a binding of this device. */
  constructor(gpu: Gpu, shape: ModelShape & Pick<Config, 'halfStorage'>) {
    this.gpu = gpu;
    if (shape.halfStorage && !gpu.device.features.has('shader-f16')) {
      throw new GpuError(`${gpu.name} can't compute in 16 bits (no shader-f16): turn 16-bit storage off, under Run in the options.`);
    }
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
    const { spared } = this.layout;
    this.halves = !shape.halfStorage ? [] : [this.student, this.teacher].map(t => ({
      single: part(t, t.label, 0, spared), half: { ...tensor(gpu, `${t.label} in 16 bits`, spared / 2), half: true },
    }));
    this.studentOf = parameterTensors(this.layout, this.student);
    this.teacherOf = parameterTensors(this.layout, this.teacher);
    this.studentRead = this.halves[0] ? parameterTensors(this.layout, this.student, this.halves[0].half) : this.studentOf;
    this.teacherRead = this.halves[1] ? parameterTensors(this.layout, this.teacher, this.halves[1].half) : this.teacherOf;
    this.gradientOf = parameterTensors(this.layout, this.gradients);
  }

  /** What a later step depends on, by name: the rest is cleared or made anew in each. */
  private kept(): Record<StateTensor, Tensor> {
    const { student, teacher, first, second, centers } = this;
    return { student, teacher, first, second, centers };
  }

  /** Waits for the steps queued. */
  async save(): Promise<Map<StateTensor, Float32Array<ArrayBuffer>>> {
    const saved = new Map<StateTensor, Float32Array<ArrayBuffer>>();
    for (const [name, t] of Object.entries(this.kept())) saved.set(name as StateTensor, await download(this.gpu, t));
    return saved;
  }

  /** Throws RangeError, before anything is changed, where a tensor is missing or has another size. */
  restore(saved: ReadonlyMap<StateTensor, Float32Array<ArrayBuffer>>): void {
    const kept = Object.entries(this.kept()).map(([name, t]) => {
      const data = saved.get(name as StateTensor);
      if (data?.length !== t.words) throw new RangeError(`The checkpoint holds ${data?.length ?? 0} numbers of "${name}", its configuration wants ${t.words}.`);
      return { t, data };
    });
    for (const { t, data } of kept) upload(this.gpu, t, data);
  }

  destroy(): void {
    for (const t of [this.student, this.teacher, this.first, this.second, this.gradients, this.centers, this.centerSums, this.numbers, ...this.halves.map(h => h.half)]) {
      this.gpu.release(t.buffer!);
    }
  }
}
