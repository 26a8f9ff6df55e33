/**
 * What a run's numbers say of it in one word: whether it learns, collapses, or falls apart. A pure function of its history, with
 * hysteresis: a fault is only told once it has held for a while beyond the start of the run, and only taken back once the
 * numbers are well clear of it for as long.
 */
import type { Config } from '#contract/config.ts';
import type { History } from '#app/store/history.ts';

export type Fault = 'uniform' | 'one-prototype' | 'divergence';
export type Verdict = 'early' | 'well' | Fault;

/** The numbers of one step, or of the last few. */
export interface Signs {
  loss: number; dino: number; teacherEntropy: number; kl: number; meanEntropy: number; prototypesUsed: number; agreement: number; featureSpread: number; gradNorm: number;
}

export interface Diagnosis {
  verdict: Verdict;
  /** Means over the last steps; null before the first. */
  signs: Signs | null;
  /** The gradient's norm as it was when the run had settled: the median of some steps; NaN before. */
  usualGradNorm: number;
  /** From this step on the numbers count. */
  settledAt: number;
}

/** Rows in a row that it takes to tell of a fault, and to take it back. */
export const HOLD = 12;
/** Rows looked at, so that a look takes no time however long the run is. */
const WINDOW = 240;
/** Rows whose mean is told. */
const MEAN = 10;
/** Rows of which the usual gradient norm is the median. */
const USUAL = 40;
/** No run is settled before as many steps, nor has to wait longer than as many for its warm-ups' sake. */
const FIRST_STEPS = 20;
const LONGEST_WAIT = 300;

const METRICS = ['loss', 'dino', 'teacherEntropy', 'kl', 'meanEntropy', 'prototypesUsed', 'agreement', 'featureSpread', 'gradNorm'] as const satisfies readonly (keyof Signs)[];

/**
 * The step from which on the numbers say something: every run begins near ln K, and stays there while the learning rate rises
 * and the prototypes are frozen.
 */
export function settledAt({ steps, lrWarmup, freezeLastLayer }: Config): number {
  return Math.ceil(Math.max(FIRST_STEPS, Math.min(LONGEST_WAIT, steps / 10), steps * lrWarmup, steps * freezeLastLayer));
}

export function diagnose(history: History, config: Config): Diagnosis {
  const steps = history.column('step');
  const columns = METRICS.map(metric => history.column(metric));
  const at = (row: number) => Object.fromEntries(METRICS.map((metric, i) => [metric, columns[i]![row]!])) as unknown as Signs;
  const start = settledAt(config);
  const first = firstAfter(steps, start);
  const { length } = history;
  const usualGradNorm = median(columns[METRICS.indexOf('gradNorm')]!.subarray(first, first + USUAL));
  const signs = length === 0 ? null : Object.fromEntries(METRICS.map((metric, i) => [metric, mean(columns[i]!.subarray(-MEAN))])) as unknown as Signs;

  let verdict: Verdict = length - first < HOLD ? 'early' : 'well';
  let held = 0;
  for (let row = Math.max(first, length - WINDOW); row < length; row++) {
    const now = at(row);
    const next: Verdict = isFault(verdict) ? (cleared(verdict, now, config, usualGradNorm) ? 'well' : verdict) : faultOf(now, config, usualGradNorm) ?? verdict;
    held = next === verdict ? 0 : held + 1;
    if (held < HOLD) continue;
    verdict = next;
    held = 0;
  }
  return { verdict, signs, usualGradNorm, settledAt: start };
}

export const isFault = (verdict: Verdict): verdict is Fault => verdict !== 'early' && verdict !== 'well';

/** What one step looks like; null where nothing is wrong with it. */
function faultOf(s: Signs, config: Config, usualGradNorm: number): Fault | null {
  const { prototypes, dinoWeight } = config;
  const lnK = Math.log(prototypes);
  if (s.gradNorm > 20 * usualGradNorm || s.dino > 1.6 * lnK + 1) return 'divergence';
  if (dinoWeight === 0) return null; // nothing trains the class token
  if (s.teacherEntropy > 0.98 * lnK) return 'uniform';
  // A mean with so little entropy is a single prototype, whichever it is. Runs of older programs don't say it.
  if (s.meanEntropy < 0.1 * mostVaried(config)) return 'one-prototype';
  return null;
}

/** Whether a step is well clear of a fault that was told. */
function cleared(fault: Fault, s: Signs, config: Config, usualGradNorm: number): boolean {
  const lnK = Math.log(config.prototypes);
  switch (fault) {
    case 'divergence': return s.gradNorm < 5 * usualGradNorm && s.dino < 1.3 * lnK + 1;
    case 'uniform': return s.teacherEntropy < 0.95 * lnK;
    case 'one-prototype': return s.meanEntropy > 0.2 * mostVaried(config);
  }
}

/** Entropy that the mean of a batch's answers has where each image has a sure answer of its own; of a single image 0, as of none that vary. */
const mostVaried = ({ batchSize, prototypes }: Config): number => Math.log(Math.min(batchSize, prototypes));

/** Place of the first of rising steps that isn't below one. */
function firstAfter(steps: Float64Array, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const median = (values: Float64Array): number => values.toSorted()[values.length >> 1] ?? NaN;
