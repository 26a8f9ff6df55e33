/** Milliseconds of a step, on this side of the GPU. */
export interface StepCost { waitMs: number; encodeMs: number }

/** Seconds spent training, pauses left out, and the recent pace. */
export class Stopwatch {
  private readonly batch: number;
  private readonly now: () => number;
  private before: number;
  private since: number | null = null;
  /** Training time at the end of the last steps, the first one's start before them, and what they cost. */
  private recent: ({ at: number } & StepCost)[] = [];

  /** `before`: seconds of training before this watch was made. */
  constructor(batch: number, before = 0, now: () => number = () => performance.now() / 1000) {
    this.batch = batch;
    this.before = before;
    this.now = now;
  }

  start(): void {
    this.since ??= this.now();
    if (this.recent.length === 0) this.recent.push({ at: this.elapsed(), waitMs: 0, encodeMs: 0 });
  }

  stop(): void {
    this.before = this.elapsed();
    this.since = null;
  }

  elapsed(): number {
    return this.before + (this.since === null ? 0 : this.now() - this.since);
  }

  /** A step has ended: images per second and mean milliseconds over the last ten steps, and seconds in all. */
  step(cost: StepCost): { imagesPerSecond: number; elapsed: number; pace: { stepMs: number } & StepCost } {
    const elapsed = this.elapsed();
    this.recent.push({ at: elapsed, ...cost });
    if (this.recent.length > 11) this.recent.shift();
    const steps = this.recent.slice(1);
    const span = elapsed - this.recent[0]!.at;
    const mean = (of: (step: StepCost) => number) => steps.reduce((sum, s) => sum + of(s), 0) / steps.length;
    return {
      imagesPerSecond: span > 0 ? steps.length * this.batch / span : 0, elapsed,
      pace: { stepMs: 1000 * span / steps.length, waitMs: mean(s => s.waitMs), encodeMs: mean(s => s.encodeMs) },
    };
  }
}
