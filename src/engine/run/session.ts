/** One run over time: draws batches, keeps the GPU busy, reports, and can be paused, stepped and stopped. */
import type { Config } from '#contract/config.ts';
import type { RunState, StepReport } from '#contract/trainer.ts';
import { ImageReadError } from '#lib/errors.ts';
import { Rng } from '#lib/rng.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { drawViews } from '#engine/data/views.ts';
import type { RunSnapshot } from '#engine/checkpoint/snapshot.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { StepNumbers } from '#engine/ibot/numbers.ts';
import { type Schedules, schedulesAt } from '#engine/ibot/schedule.ts';
import { Trainer } from '#engine/ibot/trainer.ts';
import type { Pace } from '#engine/measure/profile.ts';
import { BatchOrder } from './order.ts';
import { type StepCost, Stopwatch } from './stopwatch.ts';
import { LiveTeacher, type Teacher } from './teacher.ts';

/** What a session knows of a run between two steps; who it is and when it was written is for others to add. */
export type SessionSnapshot = Omit<RunSnapshot, 'id' | 'name' | 'started' | 'written' | 'kernels'>;

export interface SessionEvents {
  state: (state: RunState, message?: string) => void;
  step: (report: StepReport) => void;
}

/** Steps queued on the GPU before the oldest one's numbers are awaited. */
const IN_FLIGHT = 2;
/** Steps whose time says little: buffers are cleared and pipelines made ready. */
const WARM_UP = 3;
/** Batches decoded ahead of the one being trained on. */
const AHEAD = 2;

export class Session {
  private readonly gpu: Gpu;
  readonly config: Config;
  readonly trainer: Trainer;
  readonly teacher: Teacher;
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
  /** Of every step taken. */
  private readonly reports: StepReport[];
  /** Of the last steps; null before the first. */
  pace: Pace | null = null;

  private constructor(gpu: Gpu, config: Config, dataset: Dataset, trainer: Trainer, events: SessionEvents, from: SessionSnapshot | null) {
    this.gpu = gpu;
    this.config = config;
    this.dataset = dataset;
    this.trainer = trainer;
    this.teacher = new LiveTeacher(this, trainer.step.state);
    this.events = events;
    const stream = (state: number[] | undefined, number: number) => state ? Rng.restore(state) : new Rng(config.seed, number);
    this.order = from ? BatchOrder.restore(from.order, dataset.count, config.batchSize) : new BatchOrder(new Rng(config.seed, 2), dataset.count, config.batchSize);
    this.streams = { views: stream(from?.streams.views, 3), masks: stream(from?.streams.masks, 4), dropPath: stream(from?.streams.dropPath, 5) };
    this.watch = new Stopwatch(config.batchSize, from?.elapsed);
    this.nextStep = this.taken = from?.step ?? 0;
    this.reports = from ? [...from.reports] : [];
  }

  /**
   * Paused before its first step, or where it was when `from` was made of it. Throws GpuError where the configuration
   * does not fit the device, RangeError where `from` doesn't fit the configuration.
   */
  static async start(gpu: Gpu, config: Config, dataset: Dataset, events: SessionEvents, from: SessionSnapshot | null = null): Promise<Session> {
    events.state('preparing');
    const trainer = await Trainer.create(gpu, config, from ? from.tensors : new Rng(config.seed, 1));
    const session = new Session(gpu, config, dataset, trainer, events, from);
    session.enter(session.nextStep >= config.steps ? 'finished' : 'paused');
    return session;
  }

  /** All that the run is, taken with no step in flight; training goes on by itself. */
  snapshot(): Promise<SessionSnapshot> {
    return this.between(async () => {
      const { config, dataset: { name, hash, count }, streams: { views, masks, dropPath } } = this;
      return {
        config, dataset: { name, hash, count }, step: this.taken, elapsed: this.watch.elapsed(), order: this.order.state(this.batch !== null),
        streams: { views: views.state(), masks: masks.state(), dropPath: dropPath.state() },
        reports: [...this.reports], tensors: await this.trainer.step.state.save(),
      };
    });
  }

  /** Steps taken so far. */
  get step(): number {
    return this.taken;
  }

  get training(): boolean {
    return this.state === 'training';
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
      if (!(await this.gpu.isLost())) this.enter('failed', e instanceof Error ? e.message : String(e));
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
    this.watch.queued();
    return {
      taken: numbers.then(n => {
        this.watch.dequeued();
        return this.report(step + 1, schedules, n, { waitMs, encodeMs });
      }),
    };
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
    if (this.reports.length >= WARM_UP) this.trainer.fitSubmits(pace.stepMs);
    const { dino, ibot, koleo, teacherEntropy, gradNorm, meanEntropy, prototypesUsed, agreement, featureSpread } = n;
    const { lr, weightDecay, momentum, teacherTemp, dinoWeight, ibotWeight, koleoWeight } = schedules;
    const report: StepReport = {
      step, loss: dinoWeight * dino + ibotWeight * ibot + koleoWeight * koleo, dino, ibot, koleo, teacherEntropy, gradNorm,
      kl: dino - teacherEntropy, meanEntropy, prototypesUsed, agreement, featureSpread,
      lr, weightDecay, momentum, teacherTemp, imagesPerSecond, elapsed, ...pace,
    };
    this.reports.push(report);
    this.events.step(report);
    return true;
  }

  isLost(): Promise<boolean> {
    return this.gpu.isLost();
  }

  /** The GPU is gone: ends the loop without a word. Whether it was training. */
  async abandon(): Promise<boolean> {
    const training = this.wanted === 'train';
    this.wanted = 'stop';
    await this.loop;
    return training;
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
