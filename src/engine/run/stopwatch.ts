/** Time spent training, pauses left out, and the recent pace. */
export class Stopwatch {
  private readonly batch: number;
  private readonly now: () => number;
  private before = 0;
  private since: number | null = null;
  /** Training time at the end of the last steps. */
  private recent: number[] = [];

  constructor(batch: number, now: () => number = () => performance.now() / 1000) {
    this.batch = batch;
    this.now = now;
  }

  start(): void {
    this.since ??= this.now();
    if (this.recent.length === 0) this.recent.push(this.elapsed());
  }

  stop(): void {
    this.before = this.elapsed();
    this.since = null;
  }

  private elapsed(): number {
    return this.before + (this.since === null ? 0 : this.now() - this.since);
  }

  /** A step has ended: images per second over the last ten steps, and seconds in all. */
  step(): { imagesPerSecond: number; elapsed: number } {
    const elapsed = this.elapsed();
    this.recent.push(elapsed);
    if (this.recent.length > 11) this.recent.shift();
    const span = elapsed - this.recent[0]!;
    return { imagesPerSecond: span > 0 ? (this.recent.length - 1) * this.batch / span : 0, elapsed };
  }
}
