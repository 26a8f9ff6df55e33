import type { StepReport, TrainerEvent } from '#contract/trainer.ts';

const INTERVAL_MS = 100;

/** Gathers events and hands them over at most ten times a second, in order; a change of state goes at once. */
export class EventBatch {
  private listeners: ((events: TrainerEvent[]) => void)[] = [];
  private waiting: TrainerEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last = -Infinity;

  listen(listener: (events: TrainerEvent[]) => void): void {
    this.listeners.push(listener);
  }

  step(report: StepReport): void {
    const newest = this.waiting.at(-1);
    if (newest?.type === 'steps') newest.reports.push(report);
    else this.send({ type: 'steps', reports: [report] });
  }

  send(event: TrainerEvent): void {
    // Progress replaces progress that nobody has seen.
    if (event.type === 'ingest' && this.waiting.at(-1)?.type === 'ingest') this.waiting.pop();
    this.waiting.push(event);
    const due = this.last + INTERVAL_MS - performance.now();
    if (event.type === 'state' || event.type === 'failure' || due <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), due);
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.last = performance.now();
    const events = this.waiting;
    this.waiting = [];
    if (events.length) for (const listener of this.listeners) listener(events);
  }
}
