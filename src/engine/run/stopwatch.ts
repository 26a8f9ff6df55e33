/** Milliseconds of a step, on this side of the GPU. */
export interface StepCost { waitMs: number; encodeMs: number }

/** Seconds spent training, pauses left out, and the recent pace. */
export class Stopwatch {
  private readonly batch: number;
  private readonly now: () => number;
  private before: number;
  private since: number | null = null;
  /** Training time at the end of the last steps, the first one's start before them, and what they cost. */
  private recent: ({ at: number; idle: number } & StepCost)[] = [];
  /** Steps in the GPU's queue, seconds of training with none there, and since when there is none. */
  private queue = 0;
  private idle = 0;
  private idleSince: number | null = null;

  /** `before`: seconds of training before this watch was made. */
  constructor(batch: number, before = 0, now: () => number = () => performance.now() / 1000) {
    this.batch = batch;
    this.before = before;
    this.now = now;
  }

  start(): void {
    this.since ??= this.now();
    if (this.queue === 0) this.idleSince ??= this.now();
    if (this.recent.length === 0) this.recent.push({ at: this.elapsed(), idle: this.idle, waitMs: 0, encodeMs: 0 });
  }

  stop(): void {
    this.rested();
    this.before = this.elapsed();
    this.since = null;
  }

  /** A step was handed to the GPU. */
  queued(): void {
    this.rested();
    this.queue++;
  }

  /** The GPU is done with one. */
  dequeued(): void {
    this.queue--;
    if (this.queue === 0 && this.since !== null) this.idleSince = this.now();
  }

  private rested(): void {
    if (this.idleSince !== null) this.idle += this.now() - this.idleSince;
    this.idleSince = null;
  }

  elapsed(): number {
    return this.before + (this.since === null ? 0 : this.now() - this.since);
  }

  /** A step has ended: images per second and mean milliseconds over the last ten steps, and seconds in all. */
  step(cost: StepCost): { imagesPerSecond: number; elapsed: number; pace: { stepMs: number; idleMs: number } & StepCost } {
    const elapsed = this.elapsed();
    const idle = this.idle + (this.idleSince === null ? 0 : this.now() - this.idleSince);
    this.recent.push({ at: elapsed, idle, ...cost });
    if (this.recent.length > 11) this.recent.shift();
    const steps = this.recent.slice(1);
    const span = elapsed - this.recent[0]!.at;
    const mean = (of: (step: StepCost) => number) => steps.reduce((sum, s) => sum + of(s), 0) / steps.length;
    return {
      imagesPerSecond: span > 0 ? steps.length * this.batch / span : 0, elapsed,
      pace: { stepMs: 1000 * span / steps.length, idleMs: 1000 * (idle - this.recent[0]!.idle) / steps.length, waitMs: mean(s => s.waitMs), encodeMs: mean(s => s.encodeMs) },
    };
  }
}
