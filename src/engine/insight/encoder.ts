/**
 * The teacher as a viewer uses it: whole pictures in (center square, no augmentation), features and the class
 * token's attention in every block out. Its commands go between those of training; nothing of a run changes.
 */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, tensor } from '#engine/gpu/tensor.ts';
import { attentionWeights } from '#engine/ops/attention.ts';
import { layernormForward } from '#engine/ops/layernorm.ts';
import { tokenFeatures } from '#engine/ops/rows.ts';
import { type Picture, pictureWords, ViewPipeline, type ViewRecipe } from '#engine/ops/views.ts';
import { gridOf } from '#engine/model/parameters.ts';
import { blocksForward, embedForward, type Named } from '#engine/model/vit.ts';

export class Encoder {
  /** Pictures per call. */
  readonly count: number;
  readonly grid: number;
  private readonly gpu: Gpu;
  private readonly config: Config;
  private readonly program: Program;
  private readonly patches: Tensor;
  private readonly features: Tensor;
  private readonly attention: Tensor;
  private views: ViewPipeline | null = null;

  private constructor(gpu: Gpu, config: Config, teacher: Named, count: number) {
    this.gpu = gpu;
    this.config = config;
    this.count = count;
    this.grid = gridOf(config);
    const T = 1 + this.grid ** 2;
    const C = padded(config.embedDim);
    const heads = { heads: config.numHeads, headDim: config.embedDim / config.numHeads };
    this.patches = tensor(gpu, 'viewed patches', count * this.grid ** 2 * padded(3 * config.patchSize ** 2));
    this.features = tensor(gpu, 'viewed features', count * 2 * C);
    this.attention = tensor(gpu, 'viewed attention', config.depth * Math.ceil(count * config.numHeads * T / 64) * 64);
    const sequences = { globals: count, globalTokens: T, locals: 0, localTokens: 0 };
    const p = this.program = new Program(gpu, 'encoder');
    const { tokens, tapes } = blocksForward(p, config, teacher, embedForward(p, config, teacher, { sequences, patches: this.patches }), sequences, { keep: false });
    tapes.forEach((tape, block) => {
      const weights = { ...this.attention, words: count * config.numHeads * T, offset: 4 * block * this.attentionStride };
      attentionWeights(p, { ...heads, count, tokens: T, query: 0, qkv: tape.qkv, weights });
    });
    const [normed, stats] = [p.temp('normed', count * T * C), p.temp('stats', count * T * 2)];
    layernormForward(p, { x: tokens, weight: teacher('backbone/norm.weight'), bias: teacher('backbone/norm.bias'), y: normed, stats, rows: count * T, c: config.embedDim });
    tokenFeatures(p, { tokens: normed, features: this.features, sequences: count, length: T, c: config.embedDim });
  }

  /** Throws GpuError where there is no room. */
  static async create(gpu: Gpu, config: Config, teacher: Named, count: number): Promise<Encoder> {
    const e = new Encoder(gpu, config, teacher, count);
    await e.program.build();
    const { imageSize, patchSize, mean, std } = config;
    e.views = await ViewPipeline.create(gpu, { images: count, globals: 1, locals: 0, imageSize, localSize: imageSize, patchSize, mean, std }, e.patches, 1);
    return e;
  }

  private get attentionStride(): number {
    return this.attention.words / this.config.depth;
  }

  /** Encodes exactly `count` pictures; the results stay on the GPU until read. */
  async run(pictures: readonly Picture[], recipes: readonly ViewRecipe[]): Promise<void> {
    await this.views!.reserve(pictureWords(pictures));
    this.views!.load(pictures, recipes.map(r => [r]));
    const encoder = this.gpu.device.createCommandEncoder({ label: 'encoder' });
    this.views!.encode(encoder);
    this.program.encode(encoder);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** (count, 2, embedDim): class token and mean patch token. */
  async readFeatures(): Promise<Float32Array> {
    const C = this.config.embedDim;
    const all = await download(this.gpu, this.features);
    const out = new Float32Array(this.count * 2 * C);
    for (let r = 0; r < 2 * this.count; r++) out.set(all.subarray(r * padded(C), r * padded(C) + C), r * C);
    return out;
  }

  /** (heads, grid^2): the class token's attention on the patches of the first picture. */
  async readAttention(block: number): Promise<Float32Array> {
    const T = 1 + this.grid ** 2;
    const all = await download(this.gpu, { ...this.attention, words: this.config.numHeads * T, offset: 4 * block * this.attentionStride });
    const out = new Float32Array(this.config.numHeads * (T - 1));
    for (let h = 0; h < this.config.numHeads; h++) out.set(all.subarray(h * T + 1, (h + 1) * T), h * (T - 1));
    return out;
  }

  /** The first picture as the network saw it: imageSize^2 RGBA. */
  async readPicture(): Promise<Uint8ClampedArray> {
    const { imageSize: S, patchSize: P, mean, std } = this.config;
    const rows = await download(this.gpu, { ...this.patches, words: this.grid ** 2 * padded(3 * P * P) });
    const pixels = new Uint8ClampedArray(4 * S * S).fill(255);
    for (let y = 0; y < S; y++) for (let x = 0; x < S; x++) for (let c = 0; c < 3; c++) {
      const row = Math.floor(y / P) * this.grid + Math.floor(x / P);
      const v = rows[row * padded(3 * P * P) + c * P * P + (y % P) * P + x % P]!;
      pixels[4 * (y * S + x) + c] = 255 * (v * std[c]! + mean[c]!);
    }
    return pixels;
  }

  destroy(): void {
    this.program.destroy();
    this.views?.destroy();
    for (const t of [this.patches, this.features, this.attention]) this.gpu.release(t.buffer!);
  }
}
