/** All that a run is between two steps: with it, the same device, images and kernels, the run goes on bit for bit. */
import type { Config } from '#contract/config.ts';
import type { StepReport } from '#contract/trainer.ts';

/** A product's measured choice of kernel, by productKey. */
export interface KernelChoice { key: string; tile: string; splits: number }

export interface RunSnapshot {
  id: string;
  name: string;
  /** Milliseconds since 1970. */
  started: number;
  written: number;
  config: Config;
  dataset: { name: string; hash: string; count: number };
  /** Steps taken. */
  step: number;
  /** Seconds of training so far. */
  elapsed: number;
  /** The shuffled images of the epoch under way and how many of them were taken; the state of the stream that shuffles. */
  order: { indices: Uint32Array<ArrayBuffer>; at: number; rng: number[] };
  streams: { views: number[]; masks: number[]; dropPath: number[] };
  /** Empty where the default table is used. */
  kernels: KernelChoice[];
  /** The report of each step taken, from the first. */
  reports: StepReport[];
  /** By name: student, teacher, first, second (the flat parameter buffers), centers. */
  tensors: ReadonlyMap<SnapshotTensor, Float32Array<ArrayBuffer>>;
}

export const SNAPSHOT_TENSORS = ['student', 'teacher', 'first', 'second', 'centers'] as const;
export type SnapshotTensor = (typeof SNAPSHOT_TENSORS)[number];

/** Columns of `reports` that every file has. */
export const FIRST_COLUMNS = [
  'step', 'loss', 'dino', 'ibot', 'koleo', 'teacherEntropy', 'gradNorm', 'lr', 'weightDecay', 'momentum', 'teacherTemp',
  'imagesPerSecond', 'elapsed', 'stepMs', 'waitMs', 'encodeMs',
] as const satisfies readonly (keyof StepReport)[];

/** The columns of `reports` in a file, in this order. Those after the first are NaN where a file lacks them. */
export const REPORT_COLUMNS = [...FIRST_COLUMNS, 'kl', 'meanEntropy', 'prototypesUsed', 'agreement', 'featureSpread'] as const satisfies readonly (keyof StepReport)[];
