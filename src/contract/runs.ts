/** What the page is told of the runs that are kept on this machine. */
import type { Config } from './config.ts';

export interface CheckpointInfo {
  /** Steps taken when it was written. */
  step: number;
  /** Milliseconds since 1970. */
  written: number;
  bytes: number;
}

export interface RunInfo {
  id: string;
  name: string;
  /** Milliseconds since 1970. */
  started: number;
  config: Config;
  dataset: { name: string; hash: string; count: number };
  /** The newest last; never empty. */
  checkpoints: CheckpointInfo[];
}

/** How much this origin may keep, in bytes, and whether the browser promised not to evict it. */
export interface StorageReport {
  /** Why nothing can be kept; empty when it can. */
  unavailable: string;
  /** Another tab writes; this one may only look. */
  readOnly: boolean;
  persistent: boolean;
  used: number;
  quota: number;
  /** What runs may take of it before old checkpoints are thinned. */
  budget: number;
}
