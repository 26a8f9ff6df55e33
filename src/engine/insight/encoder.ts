/**
 * The teacher as a viewer uses it: whole pictures in (center square, no augmentation, or any view), tokens, features and
 * attention out. Its commands go between those of training; nothing of a run changes.
 */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, part, tensor, upload } from '#engine/gpu/tensor.ts';
import { attentionWeights, attentionWidth } from '#engine/ops/attention.ts';
import { layernormForward } from '#engine/ops/layernorm.ts';
import { attentionMass } from '#engine/ops/patches.ts';
import { gatherRows, tokenFeatures } from '#engine/ops/rows.ts';
import { type Picture, pictureWords, ViewPipeline, type ViewRecipe } from '#engine/ops/views.ts';
import { gridOf } from '#engine/model/parameters.ts';
import { blocksForward, embedForward, type Named } from '#engine/model/vit.ts';

interface Look { block: number; query: number }

/** Blocks whose class tokens a linear probe sees: as in DINO's eval_linear.py. */
const DEEP = 4;

export class Encoder {
  /** Pictures per call. */
  readonly count: number;
  readonly grid: number;
  /** (count * (1 + grid^2), embedDim padded): the last tokens after the final norm, the class token of each picture first. */
  readonly tokens: Tensor;
  private readonly gpu: Gpu;
  private readonly config: Config;
  private readonly program: Program;
  private readonly looks: Program<Look>;
  private readonly patches: Tensor;
  private readonly features: Tensor;
  /** (last blocks, count, embedDim padded), each block at a binding's alignment: class tokens after the final norm. */
  private readonly deep: Tensor;
  /** The row of each picture's class token. */
  private readonly classRows: Tensor;
  /** Queries, keys and values of the first picture in every block. */
  private readonly qkv: Tensor;
  private readonly weights: Tensor;
  private readonly mass: Tensor;
  private views: ViewPipeline | null = null;

  private constructor(gpu: Gpu, config: Config, teacher: Named, count: number) {
    this.gpu = gpu;
    this.config = config;
    this.count = count;
    this.grid = gridOf(config);
    const T = this.length;
    const C = padded(config.embedDim);
    const heads = { heads: config.numHeads, headDim: config.embedDim / config.numHeads };
    const one = T * 3 * attentionWidth(heads);
    const stride = Math.ceil(one / 64) * 64;
    this.patches = tensor(gpu, 'viewed patches', count * this.grid ** 2 * padded(3 * config.patchSize ** 2));
    this.features = tensor(gpu, 'viewed features', count * 2 * C);
    this.tokens = tensor(gpu, 'viewed tokens', count * T * C);
    this.deep = tensor(gpu, 'viewed class tokens', this.blocks * this.deepStride);
    this.classRows = tensor(gpu, 'rows of class tokens', count);
    upload(gpu, this.classRows, Uint32Array.from({ length: count }, (_, s) => s * T));
    this.qkv = tensor(gpu, 'viewed queries and keys', config.depth * stride);
    this.weights = tensor(gpu, 'viewed attention', config.numHeads * T);
    this.mass = tensor(gpu, 'mass of viewed attention', config.numHeads * (T - 1));

    const sequences = { globals: count, globalTokens: T, locals: 0, localTokens: 0 };
    const p = this.program = new Program(gpu, 'encoder');
    const { tokens, tapes } = blocksForward(p, config, teacher, embedForward(p, config, teacher, { sequences, patches: this.patches }), sequences, { keep: false });
    tapes.forEach((tape, block) => p.copy({ from: tape.qkv, to: this.qkv, at: () => block * stride, words: () => one }));
    const norm = (x: Tensor, y: Tensor, rows: number) => layernormForward(p, {
      x, weight: teacher('backbone/norm.weight'), bias: teacher('backbone/norm.bias'), y, stats: p.temp('stats', rows * 2), rows, c: config.embedDim,
    });
    norm(tokens, this.tokens, count * T);
    [...tapes.slice(1).map(tape => tape.x), tokens].slice(-DEEP).forEach((x, i) => {
      const out = p.temp('class tokens', count * C);
      gatherRows(p, { x, index: this.classRows, out, rows: count, c: config.embedDim });
      norm(out, part(this.deep, 'class tokens of a block', i * this.deepStride, count * C), count);
    });
    tokenFeatures(p, { tokens: this.tokens, features: this.features, sequences: count, length: T, c: config.embedDim });

    const l = this.looks = new Program<Look>(gpu, 'attention of a token');
    for (let block = 0; block < config.depth; block++) {
      const qkv = { ...this.qkv, words: one, offset: 4 * block * stride };
      attentionWeights(l, { ...heads, count: 1, tokens: T, query: look => look.query, where: look => look.block === block, qkv, weights: this.weights });
    }
    attentionMass(l, { weights: this.weights, mass: this.mass, heads: config.numHeads, T });
  }

  /** Throws GpuError where there is no room. */
  static async create(gpu: Gpu, config: Config, teacher: Named, count: number): Promise<Encoder> {
    const e = new Encoder(gpu, config, teacher, count);
    await e.program.build();
    await e.looks.build();
    const { imageSize, patchSize, mean, std } = config;
    e.views = await ViewPipeline.create(gpu, { images: count, globals: 1, locals: 0, imageSize, localSize: imageSize, patchSize, mean, std }, e.patches, 1);
    return e;
  }

  /** Tokens of a picture. */
  get length(): number {
    return 1 + this.grid ** 2;
  }

  /** Blocks in `readClassTokens`. */
  get blocks(): number {
    return Math.min(DEEP, this.config.depth);
  }

  private get deepStride(): number {
    return Math.ceil(this.count * padded(this.config.embedDim) / 64) * 64;
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

  /** (count, blocks, embedDim): the class tokens of the last four blocks, or of all where there are fewer, each after the final norm. */
  async readClassTokens(): Promise<Float32Array> {
    const { count, blocks, deepStride, config: { embedDim: C } } = this;
    const all = await download(this.gpu, this.deep);
    const out = new Float32Array(count * blocks * C);
    for (let b = 0; b < blocks; b++) for (let i = 0; i < count; i++) {
      const at = b * deepStride + i * padded(C);
      out.set(all.subarray(at, at + C), (i * blocks + b) * C);
    }
    return out;
  }

  /** (pictures, grid^2, embedDim): the patch tokens of the first pictures, after the final norm. */
  async readPatchTokens(pictures: number): Promise<Float32Array> {
    const { length: T, config: { embedDim: C } } = this;
    const all = await download(this.gpu, { ...this.tokens, words: pictures * T * padded(C) });
    const out = new Float32Array(pictures * (T - 1) * C);
    for (let n = 0; n < pictures * (T - 1); n++) {
      const at = (Math.floor(n / (T - 1)) * T + 1 + n % (T - 1)) * padded(C);
      out.set(all.subarray(at, at + C), n * C);
    }
    return out;
  }

  /**
   * Colours as the network saw them, from 0 to 1. patches (count, grid^2, 3): the mean red, green and blue of each patch; pictures
   * (count, 6): the mean of each over the picture, and the deviation of each.
   */
  async readColors(): Promise<{ patches: Float32Array; pictures: Float32Array }> {
    const { patchSize, mean, std } = this.config;
    const pixels = patchSize ** 2;
    const width = padded(3 * pixels);
    const n = this.grid ** 2;
    const rows = await download(this.gpu, this.patches);
    const [patches, pictures] = [new Float32Array(this.count * n * 3), new Float32Array(this.count * 6)];
    for (let i = 0; i < this.count; i++) for (let c = 0; c < 3; c++) {
      let [all, squares] = [0, 0];
      for (let r = i * n; r < (i + 1) * n; r++) {
        let sum = 0;
        for (let p = r * width + c * pixels; p < r * width + (c + 1) * pixels; p++) {
          sum += rows[p]!;
          squares += rows[p]! ** 2;
        }
        all += sum;
        patches[3 * r + c] = sum / pixels * std[c]! + mean[c]!;
      }
      const average = all / (n * pixels);
      pictures[6 * i + c] = average * std[c]! + mean[c]!;
      pictures[6 * i + 3 + c] = Math.sqrt(Math.max(0, squares / (n * pixels) - average ** 2)) * std[c]!;
    }
    return { patches, pictures };
  }

  /**
   * (heads, grid^2) each: the attention of one token of the first picture on its patches, and its mass (see attention_mass).
   * Query 0 is the class token, 1 + p is patch p.
   */
  async readAttention(block: number, query = 0): Promise<{ maps: Float32Array; mass: Float32Array }> {
    this.looks.run({ block, query });
    const T = this.length;
    const [all, mass] = await Promise.all([download(this.gpu, this.weights), download(this.gpu, this.mass)]);
    const maps = new Float32Array(this.config.numHeads * (T - 1));
    for (let h = 0; h < this.config.numHeads; h++) maps.set(all.subarray(h * T + 1, (h + 1) * T), h * (T - 1));
    return { maps, mass };
  }

  /** The first pictures as the network saw them: imageSize^2 RGBA each. */
  async readPictures(count = 1): Promise<Uint8ClampedArray[]> {
    const { imageSize: S, patchSize: P, mean, std } = this.config;
    const width = padded(3 * P * P);
    const rows = await download(this.gpu, { ...this.patches, words: count * this.grid ** 2 * width });
    return Array.from({ length: count }, (_, i) => {
      const pixels = new Uint8ClampedArray(4 * S * S).fill(255);
      for (let y = 0; y < S; y++) for (let x = 0; x < S; x++) for (let c = 0; c < 3; c++) {
        const row = i * this.grid ** 2 + Math.floor(y / P) * this.grid + Math.floor(x / P);
        const v = rows[row * width + c * P * P + (y % P) * P + x % P]!;
        pixels[4 * (y * S + x) + c] = 255 * (v * std[c]! + mean[c]!);
      }
      return pixels;
    });
  }

  destroy(): void {
    this.program.destroy();
    this.looks.destroy();
    this.views?.destroy();
    for (const t of [this.patches, this.features, this.tokens, this.deep, this.classRows, this.qkv, this.weights, this.mass]) this.gpu.release(t.buffer!);
  }
}
