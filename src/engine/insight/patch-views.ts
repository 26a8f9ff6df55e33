/** What the patch tokens of an encoder's pictures have to say: likeness, matches, principal components. */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, tensor, upload } from '#engine/gpu/tensor.ts';
import { patchCovariance, patchMatches, patchProject, patchSimilarity, type Tokens } from '#engine/ops/patches.ts';
import { largestEigen } from './eigen.ts';
import type { Encoder } from './encoder.ts';
import type { Meter } from './meter.ts';
import { steady, subjectSign } from './steady.ts';

export interface Components {
  /** (pictures, grid^2, 3) */
  components: Float32Array;
  /** (pictures, grid^2) */
  foreground: Uint8Array;
  ofForeground: boolean;
  explained: number[];
}

/** The directions shown last: of all patches, and of the foreground's. */
export interface ShownDirections { all: Float64Array[] | null; foreground: Float64Array[] | null }

interface Principal { projection: Float32Array; directions: Float64Array[]; explained: number[] }

/** Components that are shown: red, green, blue. */
const SHOWN = 3;
/** A foreground of fewer patches has no components of its own. */
const FEWEST = 4;

export class PatchViews {
  private readonly gpu: Gpu;
  private readonly encoder: Encoder;
  private readonly c: number;
  private readonly likeness: Program<{ patch: number }>;
  private readonly pairs: Program | null;
  private readonly spread: Program;
  private readonly projected: Program;
  private readonly similarities: Tensor;
  private readonly matched: Tensor;
  private readonly weights: Tensor;
  private readonly mean: Tensor;
  private readonly covariance: Tensor;
  private readonly directions: Tensor;
  private readonly projection: Tensor;
  private readonly before: ShownDirections;

  private constructor(gpu: Gpu, config: Config, encoder: Encoder, before: ShownDirections) {
    this.gpu = gpu;
    this.encoder = encoder;
    this.before = before;
    const c = this.c = config.embedDim;
    const { count, length: T } = encoder;
    const N = count * (T - 1);
    this.similarities = tensor(gpu, 'likeness of patches', N);
    this.matched = tensor(gpu, 'matches of patches', 2 * (T - 1));
    this.weights = tensor(gpu, 'weights of patches', N);
    this.mean = tensor(gpu, 'mean of patches', padded(c));
    this.covariance = tensor(gpu, 'covariance of patches', padded(c) ** 2);
    this.directions = tensor(gpu, 'principal directions', SHOWN * padded(c));
    this.projection = tensor(gpu, 'components of patches', 4 * N);
    const on: Tokens = { tokens: encoder.tokens, sequences: count, T, c };
    this.likeness = new Program(gpu, 'likeness');
    patchSimilarity(this.likeness, { ...on, queries: encoder.tokens, query: live => 1 + live.patch, similarity: this.similarities });
    this.pairs = count > 1 ? new Program(gpu, 'matches') : null;
    if (this.pairs) patchMatches(this.pairs, { ...on, from: 0, to: 1, matches: this.matched });
    this.spread = new Program(gpu, 'covariance');
    patchCovariance(this.spread, { ...on, weights: this.weights, mean: this.mean, covariance: this.covariance });
    this.projected = new Program(gpu, 'components');
    patchProject(this.projected, { ...on, mean: this.mean, directions: this.directions, projection: this.projection });
  }

  /** Components go on from the directions of `before`, which are brought up to date. Throws GpuError where there is no room. */
  static async create(gpu: Gpu, config: Config, encoder: Encoder, before: ShownDirections = { all: null, foreground: null }): Promise<PatchViews> {
    const views = new PatchViews(gpu, config, encoder, before);
    for (const p of [views.likeness, views.pairs, views.spread, views.projected]) await p?.build();
    return views;
  }

  /** (pictures, grid^2): cosines between a patch of the first picture and all. */
  async similarity(patch: number, pictures: number): Promise<Float32Array> {
    this.likeness.run({ patch });
    return (await download(this.gpu, this.similarities)).slice(0, pictures * this.patches);
  }

  /** For each patch of the first picture the patch of the second with the largest dot product, and their cosine. */
  async matches(): Promise<{ patch: number; similarity: number }[]> {
    if (!this.pairs) throw new Error('Matches need an encoder of two pictures.');
    this.pairs.run();
    const words = await download(this.gpu, this.matched);
    const places = new Uint32Array(words.buffer);
    return Array.from({ length: this.patches }, (_, p) => ({ patch: places[2 * p]!, similarity: words[2 * p + 1]! }));
  }

  /**
   * Principal components of the patches of the first `pictures`. Foreground is the positive side of the first one, or the
   * other where `swapped`. With `onlyForeground` they are those of its patches, where there are enough. Order and signs go
   * on from the call before. Throws RangeError where the tokens hold numbers that are not finite.
   */
  async components(meter: Meter, pictures: number, { onlyForeground, swapped }: { onlyForeground: boolean; swapped: boolean }): Promise<Components> {
    const n = pictures * this.patches;
    const all = await this.principal(meter, n, () => true, this.before.all);
    this.before.all = all.directions;
    const foreground = Uint8Array.from({ length: n }, (_, i) => Number(swapped ? all.projection[4 * i]! < 0 : all.projection[4 * i]! > 0));
    const ofForeground = onlyForeground && foreground.reduce((s, v) => s + v, 0) >= FEWEST;
    let shown = all;
    if (ofForeground) {
      shown = await this.principal(meter, n, i => foreground[i] === 1, this.before.foreground);
      this.before.foreground = shown.directions;
    }
    const components = new Float32Array(n * SHOWN);
    for (let i = 0; i < n; i++) components.set(shown.projection.subarray(4 * i, 4 * i + SHOWN), SHOWN * i);
    return { components, foreground, ofForeground, explained: shown.explained };
  }

  private get patches(): number {
    return this.encoder.grid ** 2;
  }

  /** The components of the patches that count, and the coordinates of all. */
  private async principal(meter: Meter, n: number, counts: (patch: number) => boolean, before: Float64Array[] | null): Promise<Principal> {
    const { gpu, c } = this;
    const C = padded(c);
    const weights = new Float32Array(this.weights.words);
    for (let i = 0; i < n; i++) weights[i] = counts(i) ? 1 : 0;
    const sum = weights.reduce((s, w) => s + w, 0);
    upload(gpu, this.weights, weights.map(w => w / sum));
    await meter.gpu(gpu, () => this.spread.run());
    const covariance = await download(gpu, { ...this.covariance, words: c * C });
    let trace = 0;
    for (let i = 0; i < c; i++) trace += covariance[i * C + i]!;
    let { values, vectors } = meter.cpu(() => largestEigen(covariance, c, SHOWN, before ?? [], C));
    if (before) {
      const kept = steady(before, vectors);
      [values, vectors] = [Float64Array.from(kept, k => values[k.from]!), kept.map(k => vectors[k.from]!.map(x => k.sign * x))];
    } else vectors = vectors.map(facingUp);
    const project = async () => {
      const flat = new Float32Array(SHOWN * C);
      vectors.forEach((v, k) => flat.set(v, k * C));
      upload(gpu, this.directions, flat);
      await meter.gpu(gpu, () => this.projected.run());
      return download(gpu, this.projection);
    };
    let projection = await project();
    const first = Float32Array.from({ length: n }, (_, i) => projection[4 * i]!);
    if (!before && subjectSign(first, this.encoder.grid) < 0) {
      vectors = vectors.map((v, k) => k === 0 ? v.map(x => -x) : v);
      projection = projection.map((x, i) => i % 4 === 0 ? -x : x);
    }
    const explained = Array.from({ length: SHOWN }, (_, k) => trace > 0 ? Math.max(0, values[k] ?? 0) / trace : 0);
    return { projection, directions: vectors, explained };
  }

  destroy(): void {
    for (const p of [this.likeness, this.pairs, this.spread, this.projected]) p?.destroy();
    for (const t of [this.similarities, this.matched, this.weights, this.mean, this.covariance, this.directions, this.projection]) this.gpu.release(t.buffer!);
  }
}

/** A sign that is the same each time: the largest entry is positive. */
function facingUp(v: Float64Array): Float64Array {
  const largest = v.reduce((m, x) => Math.abs(x) > Math.abs(m) ? x : m, 0);
  return largest < 0 ? v.map(x => -x) : v;
}
