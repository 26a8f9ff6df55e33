/**
 * The parameters of backbone and head, by their timm and lightly names, in one flat buffer per use
 * (student, teacher, gradients, moments). The order serves the optimiser: decayed parameters, spared ones
 * (biases and 1-D), the last layer's directions, the last layer's lengths. Channels are padded to whole
 * quads, so `pack` and `unpack` translate between a tensor's own shape and its place.
 */
import type { Config } from '#contract/config.ts';
import type { Rng } from '#lib/rng.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { padded, part } from '#engine/gpu/tensor.ts';

export interface ParameterSpec {
  /** `backbone/...` or `head/...`, then the name in timm or lightly. */
  name: string;
  shape: readonly number[];
  /** The shape regrouped, each with its padded size: [real, padded], outermost first. */
  dims: readonly (readonly [number, number])[];
  /** First word and padded words in the flat buffer. */
  at: number;
  words: number;
}

export interface ParameterLayout {
  specs: readonly ParameterSpec[];
  byName: ReadonlyMap<string, ParameterSpec>;
  /** First words of the spared parameters, of the last layer's directions and of its lengths; all words. */
  spared: number; last: number; lengths: number; total: number;
  /** Real parameters, padding left out. */
  count: number;
}

export type ModelShape = Pick<Config, 'imageSize' | 'patchSize' | 'embedDim' | 'depth' | 'numHeads' | 'mlpRatio' | 'layerScale' | 'headHidden' | 'headBottleneck' | 'prototypes'>;

export const gridOf = (c: { imageSize: number; patchSize: number }): number => c.imageSize / c.patchSize;
export const hiddenOf = (c: { embedDim: number; mlpRatio: number }): number => Math.round(c.embedDim * c.mlpRatio);

export function parameterLayout(c: ModelShape): ParameterLayout {
  const C = c.embedDim;
  const H = c.numHeads;
  const D = C / H;
  const F = hiddenOf(c);
  const pixels = 3 * c.patchSize ** 2;
  const p = (n: number) => [n, padded(n)] as const;
  const one = (n: number) => [n, n] as const;
  type Draft = Pick<ParameterSpec, 'name' | 'shape' | 'dims'>;
  const matrices: Draft[] = [];
  const vectors: Draft[] = [];
  const matrix = (name: string, shape: number[], dims: Draft['dims']) => matrices.push({ name, shape, dims });
  const vector = (name: string, shape: number[], dims: Draft['dims']) => vectors.push({ name, shape, dims });

  const tokens = 1 + gridOf(c) ** 2;
  matrix('backbone/mask_token', [1, 1, C], [p(C)]);
  matrix('backbone/cls_token', [1, 1, C], [p(C)]);
  matrix('backbone/pos_embed', [1, tokens, C], [one(tokens), p(C)]);
  matrix('backbone/patch_embed.proj.weight', [C, 3, c.patchSize, c.patchSize], [p(C), p(pixels)]);
  vector('backbone/patch_embed.proj.bias', [C], [p(C)]);
  for (let i = 0; i < c.depth; i++) {
    const b = `backbone/blocks.${i}`;
    for (const norm of ['norm1', 'norm2']) for (const w of ['weight', 'bias']) vector(`${b}.${norm}.${w}`, [C], [p(C)]);
    matrix(`${b}.attn.qkv.weight`, [3 * C, C], [one(3 * H), p(D), p(C)]);
    vector(`${b}.attn.qkv.bias`, [3 * C], [one(3 * H), p(D)]);
    matrix(`${b}.attn.proj.weight`, [C, C], [p(C), one(H), p(D)]);
    vector(`${b}.attn.proj.bias`, [C], [p(C)]);
    matrix(`${b}.mlp.fc1.weight`, [F, C], [p(F), p(C)]);
    vector(`${b}.mlp.fc1.bias`, [F], [p(F)]);
    matrix(`${b}.mlp.fc2.weight`, [C, F], [p(C), p(F)]);
    vector(`${b}.mlp.fc2.bias`, [C], [p(C)]);
    if (c.layerScale !== null) for (const ls of ['ls1', 'ls2']) vector(`${b}.${ls}.gamma`, [C], [p(C)]);
  }
  for (const w of ['weight', 'bias']) vector(`backbone/norm.${w}`, [C], [p(C)]);
  const widths = [C, c.headHidden, c.headHidden, c.headBottleneck];
  [0, 2, 4].forEach((layer, i) => {
    const [from, to] = [widths[i]!, widths[i + 1]!];
    matrix(`head/layers.${layer}.weight`, [to, from], [p(to), p(from)]);
    vector(`head/layers.${layer}.bias`, [to], [p(to)]);
  });
  const last: Draft[] = [
    { name: 'head/last_layer.weight_v', shape: [c.prototypes, c.headBottleneck], dims: [p(c.prototypes), p(c.headBottleneck)] },
    { name: 'head/last_layer.weight_g', shape: [c.prototypes, 1], dims: [p(c.prototypes)] },
  ];

  let at = 0;
  const specs = [...matrices, ...vectors, ...last].map((d): ParameterSpec => {
    const words = d.dims.reduce((n, [, size]) => n * size, 1);
    const spec = { ...d, at, words };
    at += Math.ceil(words / 128) * 128; // the alignment of a binding, in 16 bits too
    return spec;
  });
  const byName = new Map(specs.map(s => [s.name, s]));
  return {
    specs, byName, total: at,
    spared: byName.get(vectors[0]!.name)!.at,
    last: byName.get('head/last_layer.weight_v')!.at,
    lengths: byName.get('head/last_layer.weight_g')!.at,
    count: specs.reduce((n, s) => n + s.shape.reduce((m, d) => m * d, 1), 0),
  };
}

/**
 * Views of the named parameters in a flat tensor. With `half`, the 16-bit copy of all before the spared parameters,
 * the weights of linear layers are views of that.
 */
export function parameterTensors(layout: ParameterLayout, flat: Tensor, half?: Tensor): (name: string) => Tensor {
  const made = new Map<string, Tensor>();
  return name => {
    let t = made.get(name);
    if (!t) {
      const spec = layout.byName.get(name);
      if (!spec) throw new Error(`This model has no parameter "${name}".`);
      const linear = spec.at < layout.spared && name.endsWith('.weight');
      t = half && linear
        ? { ...part(half, `${half.label}/${name}`, spec.at / 2, spec.words / 2), half: true }
        : part(flat, `${flat.label}/${name}`, spec.at, spec.words);
      made.set(name, t);
    }
    return t;
  };
}

/** Calls visit(index in the tensor's own order, index in its padded place) for every element. */
function walk(spec: ParameterSpec, visit: (own: number, place: number) => void): void {
  const recurse = (d: number, own: number, place: number) => {
    if (d === spec.dims.length) {
      visit(own, place);
      return;
    }
    const [real, size] = spec.dims[d]!;
    for (let i = 0; i < real; i++) recurse(d + 1, own * real + i, place * size + i);
  };
  recurse(0, 0, 0);
}

/** Writes a tensor in its own order to its place in the flat array. */
export function pack(spec: ParameterSpec, values: ArrayLike<number>, flat: Float32Array): void {
  const count = spec.shape.reduce((n, d) => n * d, 1);
  if (values.length !== count) throw new Error(`${spec.name} has ${values.length} values, expected ${count} (${spec.shape.join(' x ')}).`);
  walk(spec, (own, place) => { flat[spec.at + place] = values[own]!; });
}

/** Reads a tensor from its place in the flat array, in its own order. */
export function unpack(spec: ParameterSpec, flat: Float32Array): Float32Array {
  const values = new Float32Array(spec.shape.reduce((n, d) => n * d, 1));
  walk(spec, (own, place) => { values[own] = flat[spec.at + place]!; });
  return values;
}

/**
 * Starting weights as the reference has them in force: every linear layer and the patch embedding Xavier-uniform,
 * class token and positions N(0, 0.02), mask token and biases 0 (patch embedding: U(+-1/sqrt(fan in))), norms 1 and 0;
 * the head's layers N(0, 0.02), prototype directions U(+-1/sqrt(bottleneck)), lengths 1.
 */
export function initialWeights(layout: ParameterLayout, c: ModelShape, rng: Rng): Float32Array {
  const flat = new Float32Array(layout.total);
  const pixels = 3 * c.patchSize ** 2;
  for (const spec of layout.specs) {
    const { name, shape } = spec;
    const count = shape.reduce((n, d) => n * d, 1);
    const uniform = (bound: number) => Float32Array.from({ length: count }, () => rng.uniform(-bound, bound));
    const normal = (deviation: number) => Float32Array.from({ length: count }, () => deviation * rng.normal());
    const constant = (v: number) => new Float32Array(count).fill(v);
    const xavier = (out: number, into: number) => uniform(Math.sqrt(6 / (out + into)));
    let values: Float32Array;
    if (name.endsWith('cls_token') || name.endsWith('pos_embed')) values = normal(0.02);
    else if (name.endsWith('patch_embed.proj.weight')) values = xavier(c.embedDim, pixels);
    else if (name.endsWith('patch_embed.proj.bias')) values = uniform(1 / Math.sqrt(pixels));
    else if (name.endsWith('weight_v')) values = uniform(1 / Math.sqrt(c.headBottleneck));
    else if (name.endsWith('weight_g') || /norm\d?\.weight$/.test(name)) values = constant(1);
    else if (name.endsWith('.gamma')) values = constant(c.layerScale ?? 1);
    else if (name.startsWith('head/') && name.endsWith('weight')) values = normal(0.02);
    else if (name.endsWith('weight')) values = xavier(shape[0]!, shape[1]!);
    else values = constant(0);
    pack(spec, values, flat);
  }
  return flat;
}
