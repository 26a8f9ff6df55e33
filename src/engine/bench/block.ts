/** One transformer block trained on a fixed target with the engine's own ops: what other frameworks are compared with. */
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, part, quads, tensor, upload } from '#engine/gpu/tensor.ts';
import { stepLosses } from '#engine/ops/loss.ts';
import { meanSquaredError } from '#engine/ops/mse.ts';
import { optimizer, type OptimizerStep } from '#engine/ops/optimizer.ts';
import type { Sequences } from '#engine/ops/sequences.ts';
import { type ModelShape, pack, parameterLayout, type ParameterSpec, parameterTensors, unpack } from '#engine/model/parameters.ts';
import { blocksBackward, blocksForward } from '#engine/model/vit.ts';
import { ADAMW, type BlockData, type BlockSize, MLP_RATIO } from './block-data.ts';

const PREFIX = 'backbone/blocks.0.';
const NUMBERS = 16;
/** Words of the numbers that start a step at 0; the flag behind them outlives it. */
const CLEARED = 8;

/** Only the block counts; what lies around it in a whole model is as small as may be, and left out of memory. */
const modelShape = (s: BlockSize): ModelShape => ({
  embedDim: s.width, depth: 1, numHeads: s.heads, mlpRatio: MLP_RATIO, layerScale: null,
  imageSize: 4, patchSize: 4, headHidden: 4, headBottleneck: 4, prototypes: 4,
});

/** The block's own parameters, end to end. */
function blockLayout(s: BlockSize): { specs: ParameterSpec[]; total: number } {
  let total = 0;
  const specs = parameterLayout(modelShape(s)).specs.filter(spec => spec.name.startsWith(PREFIX)).map(spec => {
    const at = total;
    total += Math.ceil(spec.words / 64) * 64;
    return { ...spec, at };
  });
  return { specs, total };
}

export class Block {
  private readonly gpu: Gpu;
  private readonly layout: ReturnType<typeof blockLayout>;
  private readonly flat: Record<'student' | 'teacher' | 'first' | 'second' | 'gradients', Tensor>;
  private readonly numbers: Tensor;
  private readonly x: Tensor;
  private readonly target: Tensor;
  private readonly program: Program<OptimizerStep>;
  private taken = 0;

  /** Uploads weights, input and target. */
  constructor(gpu: Gpu, data: BlockData) {
    this.gpu = gpu;
    const { batch, tokens, width } = data.size;
    const rows = batch * tokens;
    this.layout = blockLayout(data.size);
    const { specs, total } = this.layout;
    const flat = (label: string) => tensor(gpu, label, total);
    this.flat = { student: flat('student'), teacher: flat('teacher'), first: flat('first moments'), second: flat('second moments'), gradients: flat('gradients') };
    this.numbers = tensor(gpu, 'numbers', NUMBERS);
    this.x = tensor(gpu, 'x', rows * padded(width));
    this.target = tensor(gpu, 'target', rows * padded(width));
    const weights = new Float32Array(total);
    for (const spec of specs) pack(spec, data.weights[spec.name.slice(PREFIX.length)]!.values, weights);
    for (const who of [this.flat.student, this.flat.teacher]) upload(gpu, who, weights);
    for (const [to, values] of [[this.x, data.x], [this.target, data.target]] as const) {
      const placed = new Float32Array(to.words);
      for (let r = 0; r < rows; r++) placed.set(values.subarray(r * width, (r + 1) * width), 4 * quads(width) * r);
      upload(gpu, to, placed);
    }
    this.program = new Program<OptimizerStep>(gpu, 'block');
    this.plan(data.size);
  }

  private plan(s: BlockSize): void {
    const { program: p, flat, numbers } = this;
    const rows = s.batch * s.tokens;
    const sequences: Sequences = { globals: s.batch, globalTokens: s.tokens, locals: 0, localTokens: 0 };
    const { specs, total } = this.layout;
    const table = { specs, total, byName: new Map(specs.map(spec => [spec.name, spec])), spared: total, last: total, lengths: total, count: 0 };
    const [w, dw] = [parameterTensors(table, flat.student), parameterTensors(table, flat.gradients)];
    p.clear(flat.gradients);
    p.clear(part(numbers, 'losses', 0, CLEARED));
    const { tokens, tapes } = blocksForward(p, modelShape(s), w, this.x, sequences, { keep: true });
    const losses = p.temp('row losses', rows);
    const dtokens = p.temp('dtokens', rows * padded(s.width));
    meanSquaredError(p, { y: tokens, target: this.target, losses, dy: dtokens, rows, c: s.width });
    stepLosses(p, { losses, entropy: losses, numbers, params: () => ({ rows, cls_rows: rows, teacher_cls_rows: 0, entropy_scale: 0 }) });
    blocksBackward(p, modelShape(s), w, dw, dtokens, tapes, sequences);
    optimizer(p, { ...flat, numbers, total, spared: total, last: total, step: step => step });
  }

  async build(): Promise<this> {
    await this.program.build();
    return this;
  }

  get dispatches(): number {
    return this.program.dispatches;
  }

  /** Forward, backward and AdamW in one submit; waits for nothing. */
  step(): void {
    this.taken++;
    const { lr, beta1, beta2, eps, decay } = ADAMW;
    this.program.run({ active: this.layout.total, lr, beta1, beta2, eps, decay, sparedDecay: decay, clip: 0, ema: 0.99, step: this.taken, lastStep: this.taken });
  }

  /** The last step's loss, as it was before the step. */
  async loss(): Promise<number> {
    return (await download(this.gpu, this.numbers))[0]!;
  }

  /** The weights as they are now, by their names within the block. */
  async weights(): Promise<Record<string, Float32Array>> {
    const flat = await download(this.gpu, this.flat.student);
    return Object.fromEntries(this.layout.specs.map(spec => [spec.name.slice(PREFIX.length), unpack(spec, flat)]));
  }

  destroy(): void {
    this.program.destroy();
    for (const t of [...Object.values(this.flat), this.numbers, this.x, this.target]) this.gpu.release(t.buffer!);
  }
}
