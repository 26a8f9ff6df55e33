/** Which prototype each token of an encoder's pictures belongs to: the teacher's head on all of them, and the largest logit. */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, part, tensor } from '#engine/gpu/tensor.ts';
import { gemmNT } from '#engine/ops/gemm.ts';
import { rowLargest, weightNormForward } from '#engine/ops/rows.ts';
import { headForward } from '#engine/model/head.ts';
import type { Named } from '#engine/model/vit.ts';
import type { Encoder } from './encoder.ts';
import type { Meter } from './meter.ts';

/** Words of logits and of a hidden layer that live at a time. */
const MOST_WORDS = 4 << 20;
/** Rows of a piece begin where a binding may. */
const ALIGNED_ROWS = 16;

/** Of each token, the class token of each picture first: its prototype, and its raw logit, neither centered nor sharpened. */
export interface Winners { prototypes: Uint32Array; logits: Float32Array }

export class PatternReader {
  private readonly gpu: Gpu;
  private readonly program: Program;
  private readonly best: Tensor;

  private constructor(gpu: Gpu, c: Config, teacher: Named, { tokens, count, length }: Encoder) {
    this.gpu = gpu;
    const rows = count * length;
    const [C, K, Z] = [padded(c.embedDim), padded(c.prototypes), padded(c.headBottleneck)];
    this.best = tensor(gpu, 'prototypes of tokens', 2 * rows);
    const p = this.program = new Program(gpu, 'patterns');
    const prototypes = p.temp('viewed prototypes', K * Z);
    weightNormForward(p, { v: teacher('head/last_layer.weight_v'), g: teacher('head/last_layer.weight_g'), w: prototypes, k: c.prototypes, c: c.headBottleneck });
    const piece = ALIGNED_ROWS * Math.max(1, Math.floor(MOST_WORDS / Math.max(K, padded(c.headHidden)) / ALIGNED_ROWS));
    for (let row0 = 0; row0 < rows; row0 += piece) {
      const some = Math.min(piece, rows - row0);
      const { z } = headForward(p, c, teacher, 'viewed', part(tokens, 'viewed tokens', row0 * C, some * C), { rows: some, maxRows: some });
      const logits = p.temp('viewed logits', some * K);
      gemmNT(p, { a: z, b: prototypes, out: logits, rows: some, n: K, k: Z });
      rowLargest(p, { scores: logits, best: this.best, rows: some, row0, k: c.prototypes });
    }
  }

  /** Throws GpuError where there is no room. */
  static async create(gpu: Gpu, config: Config, teacher: Named, encoder: Encoder): Promise<PatternReader> {
    const reader = new PatternReader(gpu, config, teacher, encoder);
    await reader.program.build();
    return reader;
  }

  /** (count * length): of the pictures that the encoder holds. */
  async read(meter: Meter): Promise<Winners> {
    await meter.gpu(this.gpu, () => this.program.run());
    const words = await download(this.gpu, this.best);
    return { prototypes: new Uint32Array(words.buffer).filter((_, i) => i % 2 === 0), logits: words.filter((_, i) => i % 2 === 1) };
  }

  destroy(): void {
    this.program.destroy();
    this.gpu.release(this.best.buffer!);
  }
}
