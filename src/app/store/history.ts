import type { ReportColumns, StepReport } from '#contract/trainer.ts';

/** What is kept of every step, in the order of the CSV file. */
export const METRICS = [
  'step', 'loss', 'dino', 'ibot', 'koleo', 'teacherEntropy', 'kl', 'meanEntropy', 'prototypesUsed', 'agreement', 'featureSpread', 'gradNorm',
  'lr', 'weightDecay', 'momentum', 'teacherTemp', 'imagesPerSecond', 'elapsed',
] as const satisfies readonly (keyof StepReport)[];

export type Metric = (typeof METRICS)[number];

/** Rows kept before every second one is dropped: 18 columns of 8 bytes, so at most 19 MB. */
const MOST_ROWS = 2 ** 17;

/**
 * The metrics of a run by column. It lives outside the store: a step adds 18 numbers in place, and the store
 * only counts versions. Columns double when full; past `mostRows` the history is thinned to every second step
 * (then every fourth, ...), so that the whole run stays visible in bounded memory.
 */
export class History {
  length = 0;
  /** Steps whose number is a multiple of this are kept. */
  stride = 1;
  private columns: Float64Array[];
  private readonly mostRows: number;

  constructor(capacity = 1024, mostRows = MOST_ROWS) {
    this.mostRows = mostRows;
    this.columns = METRICS.map(() => new Float64Array(Math.max(1, Math.min(capacity, mostRows))));
  }

  /** Of a kept run, that has a report of each step from the first. */
  static of(columns: ReportColumns): History {
    const steps = columns.step.length;
    const history = new History(steps);
    while (steps / history.stride > history.mostRows) history.stride *= 2;
    const { stride } = history;
    history.length = Math.floor(steps / stride);
    METRICS.forEach((metric, i) => { for (let row = 0; row < history.length; row++) history.columns[i]![row] = columns[metric][(row + 1) * stride - 1]!; });
    return history;
  }

  push(report: StepReport): void {
    if (report.step % this.stride !== 0) return;
    if (this.length === this.mostRows) {
      this.thin();
      if (report.step % this.stride !== 0) return;
    }
    if (this.length === this.columns[0]!.length) this.grow();
    METRICS.forEach((metric, i) => { this.columns[i]![this.length] = report[metric]; });
    this.length++;
  }

  clear(): void {
    this.length = 0;
    this.stride = 1;
  }

  /** Drops what came after this step. */
  cutAfter(step: number): void {
    const steps = this.columns[0]!;
    while (this.length > 0 && steps[this.length - 1]! > step) this.length--;
  }

  /** (length) view of a column, valid until the next push. */
  column(metric: Metric): Float64Array {
    return this.columns[METRICS.indexOf(metric)]!.subarray(0, this.length);
  }

  private grow(): void {
    const size = Math.min(this.mostRows, this.length * 2);
    this.columns = this.columns.map(old => {
      const larger = new Float64Array(size);
      larger.set(old);
      return larger;
    });
  }

  private thin(): void {
    this.stride *= 2;
    const steps = this.columns[0]!;
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      if (steps[row]! % this.stride !== 0) continue;
      for (const column of this.columns) column[kept] = column[row]!;
      kept++;
    }
    this.length = kept;
  }
}

/** Of the current run, or of the last one. */
export const history = new History();
