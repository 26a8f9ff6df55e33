/**
 * What a batch says of whether its network learns or collapses, gathered over chunks of logits and micro-batches from the
 * teacher's class rows. It costs what reading those rows twice costs, beside a step that reads many more many times.
 */
import type { Config } from '#contract/config.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Program, Tensor } from '#engine/gpu/program.ts';
import { padded, tensor } from '#engine/gpu/tensor.ts';
import { batchHealth, columnMoments } from '#engine/ops/health.ts';
import { centerSums } from '#engine/ops/loss.ts';
import { normalizeForward, rowLargest } from '#engine/ops/rows.ts';

export class BatchHealth<L> {
  private readonly gpu: Gpu;
  private readonly config: Config;
  /** Sums of targets: (2, K), of which the second half stays 0. */
  private readonly targetSums: Tensor;
  /** Of normalised features, (2, C). */
  private readonly moments: Tensor;
  /** Of each class row of the whole batch the favoured prototype, and its share. */
  private readonly favoured: Tensor;

  constructor(gpu: Gpu, config: Config) {
    this.gpu = gpu;
    this.config = config;
    this.targetSums = tensor(gpu, 'target sums', 2 * padded(config.prototypes));
    this.moments = tensor(gpu, 'feature moments', 2 * padded(config.embedDim));
    this.favoured = tensor(gpu, 'favoured prototypes', 2 * 2 * config.batchSize);
  }

  /** Before the first micro-batch of a step. */
  clear(encoder: GPUCommandEncoder): void {
    for (const t of [this.targetSums, this.moments]) encoder.clearBuffer(t.buffer!);
  }

  /** Of a chunk that begins with `rows` class rows, made into targets; `row0` is the first one's place among the batch's. */
  planTargets(p: Program<L>, targets: Tensor, rows: number, row0: (live: L) => number): void {
    const k = this.config.prototypes;
    centerSums(p, { logits: targets, rows: () => rows, maxRows: rows, row0: () => 0, clsRows: rows, k, sums: this.targetSums });
    rowLargest(p, { scores: targets, best: this.favoured, rows, row0, k });
  }

  /** Of a micro-batch's features (rows and more, embedDim), class rows first. */
  planFeatures(p: Program<L>, features: Tensor, rows: number): void {
    const c = this.config.embedDim;
    const [y, norms] = [p.temp('unit features', rows * padded(c)), p.temp('feature norms', rows)];
    normalizeForward(p, { x: features, y, norms, rows, c });
    columnMoments(p, { x: y, moments: this.moments, rows, c });
  }

  /** After the last micro-batch. */
  planNumbers(p: Program<L>, numbers: Tensor): void {
    const { batchSize, prototypes, embedDim } = this.config;
    batchHealth(p, { sums: this.targetSums, best: this.favoured, moments: this.moments, numbers, rows: 2 * batchSize, k: prototypes, c: embedDim });
  }

  destroy(): void {
    for (const t of [this.targetSums, this.moments, this.favoured]) this.gpu.release(t.buffer!);
  }
}
