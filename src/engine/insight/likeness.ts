/** One patch against all patches of batch after batch of pictures. */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { copy, download, padded, tensor } from '#engine/gpu/tensor.ts';
import { patchSimilarity } from '#engine/ops/patches.ts';
import type { Encoder } from './encoder.ts';
import type { Meter } from './meter.ts';

export class Likeness {
  private readonly gpu: Gpu;
  private readonly encoder: Encoder;
  private readonly program: Program;
  private readonly query: Tensor;
  private readonly similarity: Tensor;
  private readonly row: number;

  private constructor(gpu: Gpu, { embedDim: c }: Config, encoder: Encoder) {
    this.gpu = gpu;
    this.encoder = encoder;
    const { count: sequences, length: T, tokens } = encoder;
    this.row = padded(c);
    this.query = tensor(gpu, 'patch asked for', this.row);
    this.similarity = tensor(gpu, 'likeness in a batch', sequences * (T - 1));
    this.program = new Program(gpu, 'likeness in a batch');
    patchSimilarity(this.program, { tokens, sequences, T, c, queries: this.query, query: 0, similarity: this.similarity });
  }

  static async create(gpu: Gpu, config: Config, encoder: Encoder): Promise<Likeness> {
    const likeness = new Likeness(gpu, config, encoder);
    await likeness.program.build();
    return likeness;
  }

  /** A patch of the encoder's first picture is the one to look for from now on. */
  take(patch: number): void {
    const { tokens } = this.encoder;
    copy(this.gpu, { ...tokens, offset: tokens.offset + 4 * (1 + patch) * this.row, words: this.row }, this.query);
  }

  /** (count, grid^2): cosines between it and the patches of the pictures that the encoder holds. */
  async compare(meter: Meter): Promise<Float32Array> {
    await meter.gpu(this.gpu, () => this.program.run());
    return download(this.gpu, this.similarity);
  }

  destroy(): void {
    this.program.destroy();
    for (const t of [this.query, this.similarity]) this.gpu.release(t.buffer!);
  }
}
