/**
 * One training step: teacher and student forward, losses, backward, optimiser. Planned once for a
 * configuration and replayed, one submit per micro-batch; the last micro-batch's submit also updates the
 * weights. What changes between steps comes in through small tables and parameters.
 */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program, type Replay, type Tensor } from '#engine/gpu/program.ts';
import { padded, part, tensor, upload } from '#engine/gpu/tensor.ts';
import { assembleTokensBackward, bicubicMatrix } from '#engine/ops/embed.ts';
import { gemmGradient, gemmNN, gemmNT } from '#engine/ops/gemm.ts';
import { toHalf } from '#engine/ops/half.ts';
import { layernormBackward, layernormForward } from '#engine/ops/layernorm.ts';
import { centerSums, centerUpdate, crossEntropy, koleoBackward, koleoForward, stepLosses, teacherSoftmax } from '#engine/ops/loss.ts';
import { optimizer, type OptimizerStep } from '#engine/ops/optimizer.ts';
import { gatherRows, scatterRows, weightNormBackward, weightNormForward } from '#engine/ops/rows.ts';
import { countOf, rowsOf } from '#engine/ops/sequences.ts';
import { headBackward, headForward } from '#engine/model/head.ts';
import { gridOf } from '#engine/model/parameters.ts';
import { blocksBackward, blocksForward, type DropPath, embedForward, type Named } from '#engine/model/vit.ts';
import { logitWords } from './cost.ts';
import { BatchHealth } from './health.ts';
import { type BatchShape, batchTables, chunksOf, patchRows, sequencesOf, teacherSequences } from './layout.ts';
import { maxMaskedPatches } from './masking.ts';
import type { Schedules } from './schedule.ts';
import { STEP_NUMBERS, TrainingState } from './state.ts';

/** One micro-batch's share of the random choices of a step. */
export interface MicroBatch {
  /** (2 images, grid^2): 1 = hidden; view-major. */
  mask: Uint8Array;
  /** (depth, 2, sequences): 0 or 1 / keep; only with stochastic depth. */
  dropPath?: Float32Array;
  /** Encodes or writes what fills `patches`. */
  fillPatches: (encoder: GPUCommandEncoder) => void;
}

/** `first` is the micro-batch's first image among the batch's. */
interface Live { masked: number; schedules: Schedules; batchMasked: number; first: number }

export interface StepOptions {
  /** Most masked patches in a micro-batch; by default the most that the masks' settings allow. */
  maxMasked?: number;
  /** Most words of logits that live at a time, per network. */
  logitWords?: number;
  /** Copies of the raw logits, class rows first: for comparisons with recordings. */
  recordLogits?: boolean;
}

export class TrainingStep {
  readonly state: TrainingState;
  readonly shape: BatchShape;
  /** Patch rows of the views (rows, 3 P P padded), view-major: the input of a micro-batch. */
  readonly patches: Tensor;
  readonly recorded: { teacher: Tensor; student: Tensor } | null = null;
  private readonly gpu: Gpu;
  private readonly config: Config;
  private readonly health: BatchHealth<Live>;
  private readonly micro: Program<Live>;
  private readonly update: Program<Live>;
  private readonly tables: Record<'studentIndex' | 'studentPlace' | 'teacherIndex' | 'pairs' | 'mask' | 'resample', Tensor>;
  private readonly drop: Tensor | null;
  private readonly dropStride: number;
  private readonly maxMasked: number;
  /** Masked patches of the tables as they are; null before they were filled. */
  private masked: number | null = null;

  constructor(gpu: Gpu, config: Config, options: StepOptions = {}) {
    this.gpu = gpu;
    this.config = config;
    this.state = new TrainingState(gpu, config);
    this.health = new BatchHealth(gpu, config);
    const images = config.microBatch || config.batchSize;
    const grid = gridOf(config);
    this.shape = { images, localViews: config.localViews, grid, localGrid: config.localViews ? config.localSize / config.patchSize : 0, depth: config.depth };
    const s = this.shape;
    this.maxMasked = options.maxMasked ?? maxMaskedPatches(2 * images, grid, config, 2 * config.batchSize);
    const seq = sequencesOf(s);
    const studentRows = images * (2 + s.localViews) + this.maxMasked;
    this.patches = tensor(gpu, 'patches', patchRows(s) * padded(3 * config.patchSize ** 2));
    this.tables = {
      studentIndex: tensor(gpu, 'student index', studentRows),
      studentPlace: tensor(gpu, 'student place', rowsOf(seq)),
      teacherIndex: tensor(gpu, 'teacher index', 2 * images + this.maxMasked),
      pairs: tensor(gpu, 'pairs', 4 * studentRows),
      mask: tensor(gpu, 'mask', seq.globals * grid ** 2),
      resample: tensor(gpu, 'resample matrix', Math.max(4, s.localGrid * grid)),
    };
    if (s.localGrid) upload(gpu, this.tables.resample, bicubicMatrix(grid, s.localGrid));
    this.dropStride = Math.ceil(countOf(seq) / 64) * 64;
    this.drop = config.dropPath > 0 ? tensor(gpu, 'drop path', 2 * config.depth * this.dropStride) : null;
    if (options.recordLogits) {
      const k = padded(config.prototypes);
      this.recorded = { teacher: tensor(gpu, 'teacher logits', (2 * images + this.maxMasked) * k), student: tensor(gpu, 'student logits', studentRows * k) };
    }
    this.micro = new Program<Live>(gpu, 'micro-batch');
    this.planMicroBatch(options.logitWords ?? logitWords(config));
    this.update = new Program<Live>(gpu, 'update');
    this.planUpdate(this.update, this.state);
  }

  /** A micro-batch with the update. */
  get dispatches(): number {
    return this.micro.dispatches + this.update.dispatches;
  }

  /** Submits that a step takes: one for each micro-batch, but for those cut in parts. */
  get submits(): number {
    return this.parts * this.config.batchSize / this.shape.images;
  }

  /** Allocates what a step needs, and compiles nothing. Throws GpuError. */
  reserve(): this {
    this.micro.reserve();
    this.update.reserve();
    return this;
  }

  async build(): Promise<this> {
    await Promise.all([this.micro.build(), this.update.build()]);
    return this;
  }

  private planMicroBatch(logitWords: number): void {
    const { micro: p, config: c, shape: s, state, tables } = this;
    const seq = sequencesOf(s);
    const C = padded(c.embedDim);
    const views = 2 + s.localViews;
    const clsRows = s.images * views;
    const student = { rows: (l: Live) => clsRows + l.masked, maxRows: clsRows + this.maxMasked };
    const teacher = { rows: (l: Live) => 2 * s.images + l.masked, maxRows: 2 * s.images + this.maxMasked };

    const half = c.halfStorage;
    for (const copy of state.halves) toHalf(p, copy.single, copy.half);
    const teacherTokens = this.embed(state.teacherRead, 'teacher');
    const teacherBlocks = blocksForward(p, c, state.teacherRead, teacherTokens, teacherSequences(s), { keep: false, half });
    const teacherFinal = this.normedRows(state.teacherRead, 'teacher', teacherBlocks.tokens, tables.teacherIndex, teacher);
    const teacherHead = headForward(p, c, state.teacherRead, 'teacher', teacherFinal.out, teacher, half);
    this.health.planFeatures(p, teacherFinal.out, 2 * s.images);

    const drop: DropPath | undefined = this.drop ? (block, branch) => part(this.drop!, 'drop', (2 * block + branch) * this.dropStride, countOf(seq)) : undefined;
    const blocks = blocksForward(p, c, state.studentRead, this.embed(state.studentRead, 'student'), seq, { keep: true, half, ...(drop ? { drop } : {}) });
    const final = this.normedRows(state.studentRead, 'student', blocks.tokens, tables.studentIndex, student);
    const head = headForward(p, c, state.studentRead, 'student', final.out, student, half);

    const dz = this.planLosses(logitWords, head.z, teacherHead.z, clsRows, student, teacher);

    const dhead = headBackward(p, c, state.studentRead, state.gradientOf, dz, head, student);
    const koleo = this.planKoleo(final.out, dhead, views);
    stepLosses(p, {
      losses: this.losses!, entropy: this.entropy!, ...(koleo ? { koleo: { losses: koleo, rows: 2 * s.images } } : {}), numbers: state.numbers,
      params: l => ({ rows: student.rows(l), cls_rows: clsRows, teacher_cls_rows: 2 * s.images, entropy_scale: 1 / (2 * c.batchSize) }),
    });
    const dfinal = p.temp('dfinal', student.maxRows * C);
    layernormBackward(p, {
      dy: dhead, x: final.x, weight: state.studentRead('backbone/norm.weight'), stats: final.stats, dx: dfinal,
      dweight: state.gradientOf('backbone/norm.weight'), dbias: state.gradientOf('backbone/norm.bias'), ...student, c: c.embedDim,
    });
    const dlast = p.temp('dlast', rowsOf(seq) * C);
    scatterRows(p, { dout: dfinal, place: tables.studentPlace, dx: dlast, rows: rowsOf(seq), c: c.embedDim });
    const dtokens = blocksBackward(p, c, state.studentRead, state.gradientOf, dlast, blocks.tapes, seq, drop);
    const dpatches = p.temp('dpatches', patchRows(s) * C);
    assembleTokensBackward(p, {
      sequences: seq, c: c.embedDim, dtokens, mask: tables.mask, dpatches,
      dcls: state.gradientOf('backbone/cls_token'), dmask: state.gradientOf('backbone/mask_token'), dpositions: state.gradientOf('backbone/pos_embed'),
      ...(s.localViews ? { local: { resample: tables.resample, g: s.grid, l: s.localGrid } } : {}),
    });
    gemmGradient(p, {
      dy: dpatches, x: this.patches, dweight: state.gradientOf('backbone/patch_embed.proj.weight'), dbias: state.gradientOf('backbone/patch_embed.proj.bias'),
      rows: patchRows(s), o: C, i: padded(3 * c.patchSize ** 2),
    });
  }

  /** Patches -> tokens: all views with masks for the student, the global views whole for the teacher. */
  private embed(w: Named, who: 'teacher' | 'student'): Tensor {
    const { micro: p, config: c, shape: s, tables, patches } = this;
    if (who === 'teacher') return embedForward(p, c, w, { sequences: teacherSequences(s), patches });
    return embedForward(p, c, w, {
      sequences: sequencesOf(s), patches, mask: tables.mask,
      ...(s.localViews ? { local: { resample: tables.resample, g: s.grid, l: s.localGrid } } : {}),
    });
  }

  /** The rows that the head wants, gathered and then normed: the final norm of no other token matters. */
  private normedRows(w: Named, who: string, tokens: Tensor, index: Tensor, { rows, maxRows }: { rows: (l: Live) => number; maxRows: number }) {
    const { micro: p, config: c } = this;
    const C = padded(c.embedDim);
    const [x, out, stats] = [p.temp(`${who} rows`, maxRows * C), p.temp(`${who} features`, maxRows * C), p.temp(`${who} stats`, maxRows * 2)];
    gatherRows(p, { x: tokens, index, out: x, rows, c: c.embedDim });
    layernormForward(p, { x, weight: w('backbone/norm.weight'), bias: w('backbone/norm.bias'), y: out, stats, rows, maxRows, c: c.embedDim });
    return { x, out, stats };
  }

  private losses: Tensor | null = null;
  private entropy: Tensor | null = null;

  /** Logits, losses and their gradients, piece by piece; returns the gradient of z. */
  private planLosses(logitWords: number, z: Tensor, teacherZ: Tensor, clsRows: number,
    student: { rows: (l: Live) => number; maxRows: number }, teacher: { maxRows: number }): Tensor {
    const { micro: p, config: c, shape: s, state, tables } = this;
    const K = padded(c.prototypes);
    const Z = padded(c.headBottleneck);
    const k = c.prototypes;
    const prototypes = (w: Named, who: string) => {
      const t = p.temp(`${who} prototypes`, K * Z);
      weightNormForward(p, { v: w('head/last_layer.weight_v'), g: w('head/last_layer.weight_g'), w: t, k, c: c.headBottleneck });
      return t;
    };
    const teacherPrototypes = prototypes(state.teacherOf, 'teacher');
    const studentPrototypes = prototypes(state.studentOf, 'student');
    this.losses = p.temp('row losses', student.maxRows);
    this.entropy = p.temp('row entropy', teacher.maxRows);
    const dz = p.temp('dz', student.maxRows * Z);
    const dprototypes = p.temp('dprototypes', K * Z);
    p.clear(dprototypes);
    for (const chunk of chunksOf(s, this.maxMasked, Math.floor(logitWords / K))) {
      const rowsOfChunk = (part: typeof chunk.student, logits: Tensor, cls: number) => ({
        logits, rows: (l: Live) => part.rows(l.masked), maxRows: part.maxRows, row0: () => part.row0, clsRows: cls, k,
      });
      const targets = p.temp('teacher logits', chunk.teacher.maxRows * K);
      const logits = p.temp('student logits', chunk.student.maxRows * K);
      const t = rowsOfChunk(chunk.teacher, targets, 2 * s.images);
      const q = rowsOfChunk(chunk.student, logits, clsRows);
      gemmNT(p, { a: teacherZ, b: teacherPrototypes, out: targets, rows: t.rows, maxRows: t.maxRows, n: K, k: Z, aRow: chunk.teacher.row0 });
      gemmNT(p, { a: z, b: studentPrototypes, out: logits, rows: q.rows, maxRows: q.maxRows, n: K, k: Z, aRow: chunk.student.row0 });
      if (this.recorded) {
        p.copy({ from: targets, to: this.recorded.teacher, at: () => chunk.teacher.row0 * K, words: l => t.rows(l) * K });
        p.copy({ from: logits, to: this.recorded.student, at: () => chunk.student.row0 * K, words: l => q.rows(l) * K });
      }
      centerSums(p, { ...t, sums: state.centerSums });
      teacherSoftmax(p, { ...t, centers: state.centers, entropy: this.entropy, temp: l => l.schedules.teacherTemp });
      const { row0 } = chunk.teacher;
      const own = Math.min(chunk.teacher.maxRows, 2 * s.images - row0);
      if (own > 0) this.health.planTargets(p, targets, own, l => 2 * l.first + row0);
      crossEntropy(p, {
        ...q, targets, pairs: tables.pairs, losses: this.losses, teacherRow0: () => chunk.teacher.row0, temp: c.studentTemp,
        clsWeight: l => l.schedules.dinoWeight, patchWeight: l => l.schedules.ibotWeight,
      });
      gemmNN(p, { a: logits, b: studentPrototypes, out: dz, rows: q.rows, maxRows: q.maxRows, n: Z, k: K, cRow: chunk.student.row0 });
      gemmGradient(p, { dy: logits, x: z, dweight: dprototypes, rows: q.rows, maxRows: q.maxRows, o: K, i: Z, xRow: chunk.student.row0 });
    }
    weightNormBackward(p, {
      dw: dprototypes, v: state.studentOf('head/last_layer.weight_v'), g: state.studentOf('head/last_layer.weight_g'),
      dv: state.gradientOf('head/last_layer.weight_v'), dg: state.gradientOf('head/last_layer.weight_g'), k, c: c.headBottleneck,
    });
    return dz;
  }

  /** Adds KoLeo's gradient to that of the features; returns its losses, or null where its weight is 0. */
  private planKoleo(features: Tensor, dfeatures: Tensor, views: number): Tensor | null {
    const { micro: p, config: c, shape: s } = this;
    if (!c.koleoWeight) return null;
    const neighbors = p.temp('koleo neighbors', 2 * s.images * 4);
    const losses = p.temp('koleo losses', 2 * s.images);
    const common = { features, neighbors, images: s.images, views, c: c.embedDim };
    koleoForward(p, { ...common, losses });
    koleoBackward(p, { ...common, dfeatures, weight: l => l.schedules.koleoWeight });
    return losses;
  }

  private planUpdate(p: Program<Live>, state: TrainingState): void {
    const { config: c } = this;
    const { layout } = state;
    optimizer(p, {
      ...state, total: layout.total, spared: layout.spared, last: layout.last,
      step: l => this.optimizerStep(l.schedules),
    });
    centerUpdate(p, {
      sums: state.centerSums, numbers: state.numbers, centers: state.centers, k: c.prototypes,
      params: l => ({ cls_rows: 2 * c.batchSize, patch_rows: l.batchMasked, momentum: c.centerMomentum, rest: 1 - c.centerMomentum }),
    });
    this.health.planNumbers(p, state.numbers);
  }

  private optimizerStep(s: Schedules): OptimizerStep {
    const { config: c, state: { layout } } = this;
    return {
      active: s.freezeLastLayer ? layout.last : c.normLastLayer ? layout.lengths : layout.total,
      lr: s.lr, beta1: c.beta1, beta2: c.beta2, eps: c.adamEps, decay: s.weightDecay, sparedDecay: c.decayAll ? s.weightDecay : 0,
      clip: c.clipGradNorm, ema: s.momentum, step: s.adamStep, lastStep: s.lastLayerStep,
    };
  }

  /** Submits of a micro-batch: more where one would hold the device up for long. */
  parts = 1;

  /**
   * Takes one step over the micro-batches of a batch. Nothing waits: `afterLast` may add commands (copies of
   * the numbers) to the last submit.
   */
  run(micros: readonly MicroBatch[], schedules: Schedules, afterLast: (encoder: GPUCommandEncoder) => void = () => {}): void {
    const { gpu, state } = this;
    const batchMasked = micros.reduce((n, m) => n + m.mask.reduce((k, v) => k + v, 0), 0);
    micros.forEach((m, i) => {
      const masked = this.load(m);
      let encoder = gpu.device.createCommandEncoder({ label: `micro-batch ${i}` });
      if (i === 0) {
        for (const b of [state.gradients, state.centerSums]) encoder.clearBuffer(b.buffer!);
        encoder.clearBuffer(state.numbers.buffer!, 0, 4 * STEP_NUMBERS); // what follows outlives the step
        this.health.clear(encoder);
      }
      m.fillPatches(encoder);
      const live: Live = { masked, schedules, batchMasked, first: i * this.shape.images };
      encoder = this.micro.encodeInParts(encoder, live, this.parts);
      if (i === micros.length - 1) {
        this.update.encode(encoder, live);
        afterLast(encoder);
      }
      gpu.device.queue.submit([encoder.finish()]);
    });
  }

  /** Fills the tables for a micro-batch; returns its number of masked patches. */
  private load(m: Omit<MicroBatch, 'fillPatches'>): number {
    const t = batchTables(this.shape, m.mask, this.config.batchSize);
    if (t.masked > this.maxMasked) throw new Error(`${t.masked} masked patches in a micro-batch planned for at most ${this.maxMasked}.`);
    for (const name of ['studentIndex', 'studentPlace', 'teacherIndex', 'pairs', 'mask'] as const) upload(this.gpu, this.tables[name], t[name]);
    if (this.drop && m.dropPath) this.uploadDrop(m.dropPath);
    return this.masked = t.masked;
  }

  /**
   * The last micro-batch again, for timing; before the first one, `first` stands in. Changes no number of a later step:
   * what it adds to (gradients, center sums, losses) is cleared when that begins.
   */
  replay(schedules: Schedules, first: () => Omit<MicroBatch, 'fillPatches'>): Replay {
    const masked = this.masked ?? this.load(first());
    return this.micro.replay({ masked, schedules, batchMasked: masked, first: 0 });
  }

  /** The update for timing, on a state of its own, all zeros, so that this one stays as it is. Throws GpuError. */
  async replayUpdate(schedules: Schedules): Promise<{ replay: Replay; destroy: () => void }> {
    const state = new TrainingState(this.gpu, this.config);
    const program = new Program<Live>(this.gpu, 'update');
    const destroy = () => {
      program.destroy();
      state.destroy();
    };
    try {
      this.planUpdate(program, state);
      await program.build();
    } catch (e) {
      destroy();
      throw e;
    }
    return { replay: program.replay({ masked: 0, schedules, batchMasked: 1, first: 0 }), destroy };
  }

  private uploadDrop(factors: Float32Array): void {
    const count = countOf(sequencesOf(this.shape));
    const rows = 2 * this.shape.depth;
    const spread = new Float32Array(rows * this.dropStride);
    for (let r = 0; r < rows; r++) spread.set(factors.subarray(r * count, (r + 1) * count), r * this.dropStride);
    upload(this.gpu, this.drop!, spread);
  }

  destroy(): void {
    this.micro.destroy();
    this.update.destroy();
    this.state.destroy();
    this.health.destroy();
    for (const t of [this.patches, ...Object.values(this.tables), ...(this.drop ? [this.drop] : []), ...(this.recorded ? [this.recorded.teacher, this.recorded.student] : [])]) {
      this.gpu.release(t.buffer!);
    }
  }
}

