/** What crosses between the command line (Node) and its pages (Chromium). */
import type { Config } from '#contract/config.ts';
import type { ProfileReport } from '#contract/profile.ts';
import type { BenchOptions, Measured, PeersRecord } from '#engine/bench/records.ts';
import type { ReplayGroup } from '#engine/ibot/replay.ts';
import type { DatasetSummary, EvaluationReport, FileFate, KnnResult, StepReport } from '#contract/trainer.ts';

export type { ReplayGroup };

/** A result that crosses without a stack being glued to its message. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; name: string; message: string; stack: string };

/** A file the page fetches as `/__files/index`. */
export interface ServedFile { index: number; path: string }

export interface TrainJob {
  name: string;
  /** Null for the generated sample. */
  files: ServedFile[] | null;
  images: number;
  queries: ServedFile[];
  evaluate: boolean;
  config: Config;
}

export type TrainMessage =
  | { type: 'device'; name: string; software: boolean }
  | { type: 'dataset'; summary: DatasetSummary }
  | { type: 'steps'; reports: StepReport[] }
  | { type: 'knn'; knn: KnnResult; step: number }
  | { type: 'evaluation'; report: EvaluationReport };

export interface BenchJob {
  options: BenchOptions;
  /** Where the page finds the other frameworks; null without them. */
  peers: { url: string; jaxVersion: string } | null;
}

export interface BenchResult { measured?: Measured; peers?: PeersRecord }

/** Of a folder that was read: counts of files, and what it took. */
export interface IngestEnd {
  used: number; skipped: number; ignored: number;
  seconds: number;
  /** Until the first image could be shown; null where there was none. */
  firstImageSeconds: number | null;
  /** Null where no image can be used. */
  hash: string | null;
  classes: number;
  /** Of decoded images kept at the end, outside the heap. */
  pixelBytes: number;
}

export type TrainEnd = 'finished' | 'stopped';

declare global {
  interface Window {
    glimpseTrain(job: TrainJob): Promise<Outcome<TrainEnd>>;
    glimpseStop(): void;
    /** Exposed by the command line. */
    glimpseMessage(message: TrainMessage): Promise<void>;
    glimpseIngest(): Promise<Outcome<IngestEnd>>;
    /** Exposed by the command line. */
    glimpseFates(fates: FileFate[]): Promise<void>;
    glimpseParity(index: number): Promise<Outcome<ReplayGroup[]>>;
    glimpseBench(job: BenchJob): Promise<Outcome<BenchResult>>;
    /** Exposed by the command line. */
    glimpseSay(line: string): Promise<void>;
    glimpseProfile(config: Config): Promise<Outcome<ProfileReport>>;
  }
}
