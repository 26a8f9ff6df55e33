/**
 * Repeats recorded training steps of the reference (format ibot-replay-1) and measures how far each number is
 * from what was recorded: relative error ||got - want|| / ||want|| per tensor.
 */
import type { Config, Pair } from '#contract/config.ts';
import { preset } from '#contract/config.ts';
import { FormatError, readSafetensors, type Safetensors } from '#formats/safetensors.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { download, padded, upload } from '#engine/gpu/tensor.ts';
import { pack, unpack } from '#engine/model/parameters.ts';
import { imagesOf, patchRows } from './layout.ts';
import { schedulesAt } from './schedule.ts';
import { TrainingStep } from './step.ts';

export interface ReplayGroup { name: string; bound: number; worst: number; median: number; tensor: string; tensors: number; ok: boolean }
export interface ReplayReport { groups: ReplayGroup[] }

export interface ReplayOptions {
  /** Opened where none is given. */
  gpu?: Gpu;
  /** Images per micro-batch; all by default. */
  microBatch?: number;
  logitWords?: number;
}

/** Largest relative errors that pass. Single-precision PyTorch is 3 to 10 times inside them. */
const BOUNDS = { logits: 5e-6, losses: 5e-5, gradients: 2e-5, 'gradient norm': 3e-5, centers: 5e-6, schedules: 1e-6, weights: 2e-4, 'weights, median': 2e-6, 'weights, qkv bias': 1e-2 };
type Group = keyof typeof BOUNDS;

interface RecordedConfig {
  image_size: number; local_size: number; patch_size: number; embed_dim: number; depth: number; num_heads: number; mlp_ratio: number;
  init_values: number | null; head_hidden_dim: number; head_bottleneck_dim: number; output_dim: number; batch_size: number; local_views: number;
  steps: number; total_steps: number; warmup_teacher_temp_steps: number; lr: number; weight_decay: Pair; momentum: Pair; teacher_temp: Pair;
  student_temp: number; center_momentum: number; drop_path_rate: number; koleo_weight: number; norm_last_layer: boolean;
  freeze_last_layer_steps: number; adam_betas: Pair; adam_eps: number; clip_grad_norm: number;
}

function configOf(r: RecordedConfig, microBatch: number): Config {
  return {
    ...preset('seed'),
    imageSize: r.image_size, localSize: r.local_size, patchSize: r.patch_size, embedDim: r.embed_dim, depth: r.depth, numHeads: r.num_heads,
    mlpRatio: r.mlp_ratio, layerScale: r.init_values, dropPath: r.drop_path_rate, headHidden: r.head_hidden_dim, headBottleneck: r.head_bottleneck_dim,
    prototypes: r.output_dim, normLastLayer: r.norm_last_layer, localViews: r.local_views, koleoWeight: r.koleo_weight,
    studentTemp: r.student_temp, teacherTemp: r.teacher_temp, teacherTempWarmup: r.warmup_teacher_temp_steps / r.total_steps,
    centerMomentum: r.center_momentum, batchSize: r.batch_size, microBatch, steps: r.total_steps, lr: r.lr, lrSchedule: 'constant', lrWarmup: 0,
    weightDecay: r.weight_decay, decayAll: true, beta1: r.adam_betas[0], beta2: r.adam_betas[1], adamEps: r.adam_eps, clipGradNorm: r.clip_grad_norm,
    momentum: r.momentum, freezeLastLayer: r.freeze_last_layer_steps / r.total_steps, kernels: 'fixed',
  };
}

class Comparison {
  readonly errors = new Map<Group, { error: number; tensor: string }[]>();

  add(group: Group, tensor: string, got: ArrayLike<number>, want: ArrayLike<number>): void {
    let difference = 0;
    let norm = 0;
    if (got.length !== want.length) throw new FormatError(`"${tensor}" has ${want.length} values, expected ${got.length}.`);
    for (let i = 0; i < want.length; i++) {
      difference += (got[i]! - want[i]!) ** 2;
      norm += want[i]! ** 2;
    }
    const error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-30);
    const list = this.errors.get(group) ?? [];
    // A number that can't be compared counts as infinitely far.
    list.push({ error: Number.isFinite(error) ? error : Infinity, tensor });
    this.errors.set(group, list);
  }

  report(): ReplayReport {
    const groups = [...this.errors].map(([name, list]): ReplayGroup => {
      const sorted = [...list].sort((a, b) => a.error - b.error);
      const worst = sorted.at(-1)!;
      const median = sorted[Math.floor(sorted.length / 2)]!.error;
      const ok = worst.error <= BOUNDS[name] && (name !== 'weights' || median <= BOUNDS['weights, median']);
      return { name, bound: BOUNDS[name], worst: worst.error, median, tensor: worst.tensor, tensors: list.length, ok };
    });
    return { groups };
  }
}

/** Throws FormatError where the file is no recording. */
export async function replay(bytes: ArrayBuffer, options: ReplayOptions = {}): Promise<ReplayReport> {
  const file = readSafetensors(bytes);
  if (file.metadata.get('format') !== 'ibot-replay-1') throw new FormatError(`Its format is "${file.metadata.get('format') ?? 'not stated'}", expected "ibot-replay-1".`);
  const recorded = JSON.parse(file.metadata.get('config') ?? '{}') as RecordedConfig;
  const gpu = options.gpu ?? await Gpu.open();
  const faults: string[] = [];
  const onFault = (e: GPUUncapturedErrorEvent) => { faults.push(e.error.message); };
  gpu.device.addEventListener('uncapturederror', onFault);
  const config = configOf(recorded, options.microBatch ?? 0);
  const of = (name: string): Float32Array | Uint8Array => {
    const t = file.tensors.get(name);
    if (!t) throw new FormatError(`It has no tensor "${name}".`);
    return t.data;
  };
  const masks = Array.from({ length: recorded.steps }, (_, s) => of(`step/${s}/mask`) as Uint8Array);
  const maxMasked = Math.max(1, ...masks.map(m => m.reduce((n, v) => n + v, 0)));
  const step = await new TrainingStep(gpu, config, { maxMasked, recordLogits: true, ...(options.logitWords ? { logitWords: options.logitWords } : {}) }).build();
  try {
    loadWeights(gpu, step, file);
    const compare = new Comparison();
    for (let s = 0; s < recorded.steps; s++) await replayStep(gpu, step, config, recorded, s, of, file, compare);
    if (faults.length) throw new Error(`The GPU reported: ${faults.join('; ')}`);
    return compare.report();
  } finally {
    gpu.device.removeEventListener('uncapturederror', onFault);
    step.destroy();
    if (!options.gpu) gpu.destroy();
  }
}

function loadWeights(gpu: Gpu, step: TrainingStep, file: Safetensors): void {
  for (const who of ['student', 'teacher'] as const) {
    const flat = new Float32Array(step.state.layout.total);
    for (const spec of step.state.layout.specs) {
      const t = file.tensors.get(`init/${who}/${spec.name}`);
      if (!t) throw new FormatError(`It has no weight "init/${who}/${spec.name}".`);
      pack(spec, t.data, flat);
    }
    upload(gpu, step.state[who], flat);
  }
}

async function replayStep(gpu: Gpu, step: TrainingStep, config: Config, r: RecordedConfig, s: number,
  of: (name: string) => Float32Array | Uint8Array, file: Safetensors, compare: Comparison): Promise<void> {
  const P = `step/${s}`;
  const B = r.batch_size;
  const b = step.shape.images;
  const V = r.local_views;
  const { grid } = step.shape;
  const schedules = schedulesAt(config, s);
  for (const [name, got] of [['lr', schedules.lr], ['weight_decay', schedules.weightDecay], ['momentum', schedules.momentum], ['teacher_temp', schedules.teacherTemp]] as const) {
    if (file.tensors.has(`${P}/schedule/${name}`)) compare.add('schedules', `${P}/schedule/${name}`, [got], of(`${P}/schedule/${name}`));
  }
  const micros = [];
  for (let i0 = 0; i0 < B; i0 += b) {
    const rows = new Float32Array(patchRows(step.shape) * padded(3 * r.patch_size ** 2));
    const globals = imagesOf(of(`${P}/global_views`) as Float32Array, 2, B, i0, b, 3 * r.image_size ** 2);
    const at = patchify(globals, 2 * b, r.image_size, r.patch_size, rows, 0);
    if (V) patchify(imagesOf(of(`${P}/local_views`) as Float32Array, V, B, i0, b, 3 * r.local_size ** 2), V * b, r.local_size, r.patch_size, rows, at);
    micros.push({
      mask: imagesOf(of(`${P}/mask`) as Uint8Array, 2, B, i0, b, grid * grid),
      ...(r.drop_path_rate ? { dropPath: dropFactors(of, P, r, i0, b) } : {}),
      fillPatches: () => upload(gpu, step.patches, rows),
    });
  }
  step.run(micros, schedules);
  const numbers = await download(gpu, step.state.numbers);
  const [dino, ibot, koleo] = [numbers[0]!, numbers[1]!, numbers[2]!];
  compareLosses(compare, of, P, dino, ibot, koleo, r.koleo_weight);
  compare.add('gradient norm', `${P}/grad_norm`, [numbers[4]!], of(`${P}/grad_norm`));
  const centers = await download(gpu, step.state.centers);
  const K = padded(r.output_dim);
  compare.add('centers', `${P}/center/cls`, centers.subarray(0, r.output_dim), of(`${P}/center/cls`));
  compare.add('centers', `${P}/center/patch`, centers.subarray(K, K + r.output_dim), of(`${P}/center/patch`));
  if (s === 0) await compareFirstStep(gpu, step, r, masksSum(of(`${P}/mask`)), of, file, compare);
  for (const who of ['student', 'teacher'] as const) {
    const flat = await download(gpu, step.state[who]);
    for (const spec of step.state.layout.specs) {
      const name = `${P}/after/${who}/${spec.name}`;
      if (file.tensors.has(name)) compare.add(name.endsWith('attn.qkv.bias') ? 'weights, qkv bias' : 'weights', name, unpack(spec, flat), of(name));
    }
  }
}

const masksSum = (mask: ArrayLike<number>): number => Array.prototype.reduce.call(mask, (n, v) => (n as number) + (v as number), 0) as number;

function compareLosses(compare: Comparison, of: (n: string) => ArrayLike<number>, P: string, dino: number, ibot: number, koleo: number, weight: number): void {
  for (const [name, got] of [['loss', dino + ibot + weight * koleo], ['dino', dino], ['ibot', ibot], ['koleo', koleo]] as const) {
    const want = of(`${P}/loss/${name}`);
    if (want[0] !== 0) compare.add('losses', `${P}/loss/${name}`, [got], want);
  }
}

/** Logits (only where the batch went in one piece: the last micro-batch's are kept) and gradients. */
async function compareFirstStep(gpu: Gpu, step: TrainingStep, r: RecordedConfig, masked: number,
  of: (name: string) => ArrayLike<number>, file: Safetensors, compare: Comparison): Promise<void> {
  const K = padded(r.output_dim);
  const B = r.batch_size;
  if (step.shape.images === B) {
    for (const who of ['teacher', 'student'] as const) {
      const views = who === 'teacher' ? 2 : 2 + r.local_views;
      const all = await download(gpu, step.recorded![who]);
      const row = (i: number) => all.subarray(i * K, i * K + r.output_dim);
      const cls = new Float32Array(B * views * r.output_dim);
      // The recording is view-major, our rows are image-major.
      for (let v = 0; v < views; v++) for (let i = 0; i < B; i++) cls.set(row(i * views + v), (v * B + i) * r.output_dim);
      const patch = new Float32Array(masked * r.output_dim);
      for (let i = 0; i < masked; i++) patch.set(row(B * views + i), i * r.output_dim);
      compare.add('logits', `step/0/${who}/cls_out`, cls, of(`step/0/${who}/cls_out`));
      if (masked) compare.add('logits', `step/0/${who}/patch_out`, patch, of(`step/0/${who}/patch_out`));
    }
  }
  const flat = await download(gpu, step.state.gradients);
  for (const spec of step.state.layout.specs) {
    const name = `step/0/grad/student/${spec.name}`;
    if (file.tensors.has(name)) compare.add('gradients', name, unpack(spec, flat), of(name));
  }
}

/** (depth, 2, sequences) of these images, global sequences first. */
function dropFactors(of: (name: string) => Float32Array | Uint8Array, P: string, r: RecordedConfig, i0: number, b: number): Float32Array {
  const B = r.batch_size;
  const V = r.local_views;
  const out = new Float32Array(r.depth * 2 * (2 + V) * b);
  let at = 0;
  for (let row = 0; row < 2 * r.depth; row++) {
    for (const [name, views] of [['global', 2], ['local', V]] as const) {
      if (!views) continue;
      const all = of(`${P}/drop_path/${name}`).subarray(row * views * B, (row + 1) * views * B) as Float32Array;
      const own = imagesOf(all, views, B, i0, b, 1);
      out.set(own, at);
      at += own.length;
    }
  }
  return out;
}

/** Images (n, 3, size, size) to patch rows from row `first` on; returns the next free row. */
function patchify(images: Float32Array, n: number, size: number, patch: number, rows: Float32Array, first: number): number {
  const g = size / patch;
  const stride = padded(3 * patch * patch);
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
    const row = first + i * g * g + Math.floor(y / patch) * g + Math.floor(x / patch);
    rows[row * stride + c * patch * patch + (y % patch) * patch + x % patch] = images[((i * 3 + c) * size + y) * size + x]!;
  }
  return first + n * g * g;
}
