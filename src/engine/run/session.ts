/** One run over time: draws batches, keeps the GPU busy, reports, and can be paused, stepped and stopped. */
import type { Config } from '#contract/config.ts';
import type { RunState, StepReport } from '#contract/trainer.ts';
import { ImageReadError } from '#lib/errors.ts';
import { Rng } from '#lib/rng.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { drawViews } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { StepNumbers } from '#engine/ibot/numbers.ts';
import { type Schedules, schedulesAt } from '#engine/ibot/schedule.ts';
import { Trainer } from '#engine/ibot/trainer.ts';
import type { Pace } from '#engine/measure/profile.ts';
import { BatchOrder } from './order.ts';
import { type StepCost, Stopwatch } from './stopwatch.ts';

export interface SessionEvents {
  state: (state: RunState, message?: string) => void;
  step: (report: StepReport) => void;
}

/** Steps queued on the GPU before the oldest one's numbers are awaited. */
const IN_FLIGHT = 2;
/** Batches decoded ahead of the one being trained on. */
const AHEAD = 2;

export class Session {
  readonly config: Config;
  readonly trainer: Trainer;
  private readonly dataset: Dataset;
  private readonly events: SessionEvents;
  private readonly order: BatchOrder;
  private readonly streams: { views: Rng; masks: Rng; dropPath: Rng };
  private readonly watch: Stopwatch;
  /** Steps queued, and steps that the GPU has taken. */
  private nextStep = 0;
  private taken = 0;
  /** Drawn and not yet read. */
  private batch: number[] | null = null;
  private state: RunState = 'preparing';
  private wanted: 'train' | 'pause' | 'stop' = 'pause';
  private loop: Promise<void> = Promise.resolve();
  /** What waits for the gap between two steps. */
  private readonly waiting: (() => Promise<void>)[] = [];
  /** Of the last steps; null before the first. */
  pace: Pace | null = null;

  private constructor(config: Config, dataset: Dataset, trainer: Trainer, events: SessionEvents) {
    this.config = config;
    this.dataset = dataset;
    this.trainer = trainer;
    this.events = events;
    this.order = new BatchOrder(new Rng(config.seed, 2), dataset.count, config.batchSize);
    this.streams = { views: new Rng(config.seed, 3), masks: new Rng(config.seed, 4), dropPath: new Rng(config.seed, 5) };
    this.watch = new Stopwatch(config.batchSize);
  }

  /** Paused before its first step. Throws GpuError where the configuration does not fit the device. */
  static async start(gpu: Gpu, config: Config, dataset: Dataset, events: SessionEvents): Promise<Session> {
    events.state('preparing');
    const trainer = await Trainer.create(gpu, config, new Rng(config.seed, 1));
    const session = new Session(config, dataset, trainer, events);
    session.enter('paused');
    return session;
  }

  /** Steps taken so far. */
  get step(): number {
    return this.taken;
  }

  private get over(): boolean {
    return this.state === 'finished' || this.state === 'stopped' || this.state === 'failed';
  }

  private get stopping(): boolean {
    return this.wanted === 'stop';
  }

  private enter(state: RunState, message?: string): void {
    this.state = state;
    this.events.state(state, message);
  }

  resume(): void {
    if (this.over || this.wanted === 'train') return;
    this.wanted = 'train';
    this.loop = this.loop.then(() => this.train(Infinity));
  }

  /** Resolves when the steps in flight have ended. */
  async pause(): Promise<void> {
    if (this.wanted === 'train') this.wanted = 'pause';
    await this.loop;
  }

  async singleStep(): Promise<void> {
    await this.pause();
    if (this.over) return;
    this.wanted = 'train';
    this.loop = this.loop.then(() => this.train(1));
    await this.loop;
  }

  async stop(): Promise<void> {
    this.wanted = 'stop';
    await this.loop;
    if (!this.over) this.enter('stopped');
  }

  /** Acts with no step in flight: at once, or between two steps, after which training goes on. */
  between<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => act().then(resolve, reject));
      this.loop = this.loop.then(() => this.serve());
    });
  }

  private async serve(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
  }

  private async train(limit: number): Promise<void> {
    if (this.wanted !== 'train' || this.over) return;
    this.enter('training');
    this.watch.start();
    const flying: Promise<boolean>[] = [];
    let failed = false;
    try {
      for (let queued = 0; queued < limit && this.wanted === 'train' && this.nextStep < this.config.steps && !failed; queued++) {
        flying.push((await this.launch()).taken);
        if (flying.length >= IN_FLIGHT) failed = !(await flying.shift()!);
        if (!this.waiting.length || failed) continue;
        for (const f of flying.splice(0)) if (!(await f)) failed = true;
        this.watch.stop();
        await this.serve();
        this.watch.start();
      }
      for (const f of flying.splice(0)) if (!(await f)) failed = true;
    } catch (e) {
      await Promise.allSettled(flying);
      this.watch.stop();
      if (e instanceof ImageReadError && !this.stopping) {
        // The folder may come back: the batch that could not be read is asked for again.
        this.wanted = 'pause';
        this.enter('paused', e.message);
        return;
      }
      this.enter('failed', e instanceof Error ? e.message : String(e));
      return;
    }
    this.watch.stop();
    if (failed) return; // told by `report`
    if (this.nextStep >= this.config.steps) this.enter('finished');
    else if (!this.stopping) {
      this.wanted = 'pause';
      this.enter('paused');
    }
  }

  /** Queues the next step; `taken` says, once the GPU is done, whether it was. */
  private async launch(): Promise<{ taken: Promise<boolean> }> {
    const step = this.nextStep;
    const schedules = schedulesAt(this.config, step);
    const asked = performance.now();
    this.batch ??= this.order.next();
    const pictures = await this.dataset.batch(this.batch);
    this.batch = null;
    this.dataset.prefetch(this.order.ahead(AHEAD));
    const waitMs = performance.now() - asked;
    const { numbers, encodeMs } = await this.trainer.train(pictures, drawViews(this.streams.views, this.config, pictures), schedules, this.streams);
    this.nextStep++;
    return { taken: numbers.then(n => this.report(step + 1, schedules, n, { waitMs, encodeMs })) };
  }

  private report(step: number, schedules: Schedules, n: StepNumbers, cost: StepCost): boolean {
    if (this.over) return false;
    if (!n.taken) {
      this.enter('failed', refusal(step, n));
      return false;
    }
    this.taken = step;
    const { imagesPerSecond, elapsed, pace } = this.watch.step(cost);
    this.pace = pace;
    const { dino, ibot, koleo, teacherEntropy, gradNorm } = n;
    const { lr, weightDecay, momentum, teacherTemp, dinoWeight, ibotWeight, koleoWeight } = schedules;
    this.events.step({
      step, loss: dinoWeight * dino + ibotWeight * ibot + koleoWeight * koleo, dino, ibot, koleo, teacherEntropy, gradNorm,
      lr, weightDecay, momentum, teacherTemp, imagesPerSecond, elapsed, ...pace,
    });
    return true;
  }

  /** Frees the GPU memory; call after `stop`. */
  destroy(): void {
    this.trainer.destroy();
  }
}

/** Why a step was refused, with the value and the likely cause. */
function refusal(step: number, n: StepNumbers): string {
  const named = [['class-token loss', n.dino], ['patch loss', n.ibot], ['KoLeo', n.koleo], ['gradient norm', n.gradNorm]] as const;
  const bad = named.find(([, v]) => !Number.isFinite(v)) ?? ['gradient norm', n.gradNorm];
  const cause = bad[0] === 'KoLeo'
    ? 'Two images of the batch may be the same: set KoLeo to 0 or remove duplicates.'
    : bad[0] === 'gradient norm'
      ? 'The learning rate is probably too high: lower it, lengthen its warm-up, or clip gradients at 3.'
      : 'The weights have probably grown without bound: lower the learning rate, lengthen its warm-up, or clip gradients at 3.';
  return `Step ${step}: the ${bad[0]} is ${bad[1]}. The step was refused, so the weights are those of the step before. ${cause}`;
}
