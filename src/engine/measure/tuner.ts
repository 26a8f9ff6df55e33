/**
 * Measures which tile and how many slices each product takes best on this device. Every candidate is held against
 * sampled sums in float64 before its time counts; the default stays where nothing beats it clearly.
 */
import type { Gpu } from '#engine/gpu/device.ts';
import { GpuError } from '#engine/gpu/device.ts';
import type { Program } from '#engine/gpu/program.ts';
import type { Choice, Product } from '#engine/ops/tiles.ts';
import { candidatesOf } from './candidates.ts';
import { type Expected, expectedOf, fault } from './check.ts';
import { EPILOGUES, epilogueOf, Operands } from './operands.ts';
import { flopsOf, type Products } from './products.ts';
import { timePrograms, type TimingOptions } from './timing.ts';
import { nameOf, type Plan, planProduct, type Trial, trialOf } from './trial.ts';

export interface Rejection { candidate: string; reason: string }

/** What was found for a product. */
export interface Finding {
  choice: Choice;
  /** Floating-point operations per nanosecond of the choice and of the default; null where it wasn't timed. */
  gflops: number | null; defaultGflops: number | null;
  rejected: Rejection[];
}

export interface TuneOptions {
  budgetMs?: number;
  /** Products by key that need no measuring. */
  known?: ReadonlySet<string> | ReadonlyMap<string, unknown>;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  /** Everything below is what tests put something else in for. */
  candidates?: (gpu: Gpu, product: Product) => Choice[];
  plan?: Plan;
  time?: (trials: readonly Trial[], timing: TimingOptions) => Promise<number[]>;
  now?: () => number;
}

export interface Tuning {
  /** By productKey; what is missing wasn't reached and stays default. */
  findings: Map<string, Finding>;
  /** Products that can't be tried, with the reason. */
  untried: Map<string, string>;
  milliseconds: number;
}

export const TUNE_BUDGET = 3000;
/** A probe begins with this much, and grows until the default takes so many ms of it: only a full device tells which tile is best. */
const PROBE_FLOPS = { hardware: 80e6, software: 20e6 };
const FULL_MS = 0.5;
const GROWTH = 4;
const PROBE: TimingOptions = { samples: 2, atLeast: 3 };
/** A processor has other work too: of many short samples one is undisturbed sooner than of few long ones. */
const FINALS = { hardware: { samples: 3, atLeast: 5 }, software: { samples: 7, atLeast: 4 } };
/** A candidate this much slower than the best in its probe is out. */
const BEHIND = 1.4;
/** Of the time left, for the finals of one product. */
const SHARE = 1 / 8;
/** The default stays unless another takes less than this share of its time. */
const CLEARLY = 0.97;

/** `products` by key, the most important first. Throws only where the device is lost. */
export async function tune(gpu: Gpu, products: Products, options: TuneOptions = {}): Promise<Tuning> {
  const { budgetMs = TUNE_BUDGET, known = new Set<string>(), signal, now = () => performance.now() } = options;
  const start = now();
  const stopped = () => !!signal?.aborted;
  const clock: Clock = { now, end: start + budgetMs, late: () => now() >= start + budgetMs || stopped(), stopped };
  const tuning: Tuning = { findings: new Map(), untried: new Map(), milliseconds: 0 };
  const missing = [...products].filter(([key]) => !known.has(key));
  for (const [i, [key, product]] of missing.entries()) {
    const strange = [...epilogueOf(product)].find(e => !EPILOGUES.has(e));
    if (strange) {
      tuning.untried.set(key, `what follows it (${strange}) can't be tried alone`);
      continue;
    }
    if (clock.late()) break;
    options.onProgress?.(i, missing.length);
    try {
      const finding = await new Contest(gpu, product, clock, options).run(tuning.findings.size === 0);
      if (finding) tuning.findings.set(key, finding);
    } catch (e) {
      if (!(e instanceof GpuError)) throw e;
      tuning.untried.set(key, e.message);
    }
  }
  tuning.milliseconds = now() - start;
  return tuning;
}

interface Clock { now: () => number; end: number; late: () => boolean; stopped: () => boolean }
type Timed = readonly [trial: Trial, ms: number];

/** The candidates for one product against each other. */
class Contest {
  private readonly gpu: Gpu;
  private readonly product: Product;
  private readonly clock: Clock;
  private readonly plan: Plan;
  private readonly time: NonNullable<TuneOptions['time']>;
  private readonly candidates: Choice[];
  private readonly rejected: Rejection[] = [];
  private readonly trials: Trial[] = [];

  constructor(gpu: Gpu, product: Product, clock: Clock, options: TuneOptions) {
    this.gpu = gpu;
    this.product = product;
    this.clock = clock;
    this.plan = options.plan ?? planProduct;
    this.time = options.time ?? ((trials, timing) => timePrograms(trials as readonly Program[], timing));
    this.candidates = (options.candidates ?? candidatesOf)(gpu, product);
  }

  /** Null where the time ran out: nothing is decided then, unless it must be, so that every start gets on by one. */
  async run(must: boolean): Promise<Finding | null> {
    const { gpu, product, rejected } = this;
    const first = this.candidates[0]!;
    if (this.candidates.length === 1) return { choice: first, gflops: null, defaultGflops: null, rejected };
    const operands = await watched(gpu, () => new Operands(gpu, product));
    try {
      const rows = await this.fullRows(operands);
      const probed = await this.probe(operands, rows);
      const done = probed.length + rejected.length === this.candidates.length;
      const give = must && probed.length > 0;
      if (!done && !give) return null;
      const best = Math.min(...probed.map(([, ms]) => ms));
      const near = probed.filter(([, ms]) => ms <= BEHIND * best);
      const finals = done ? await this.finals(operands, rows, near) : null;
      if (this.clock.stopped() || (!finals && !give)) return null;
      return this.decide(probed, finals ?? probed);
    } finally {
      for (const t of this.trials) t.destroy();
      operands.destroy();
    }
  }

  private decide(probed: readonly Timed[], finals: readonly Timed[]): Finding {
    const rate = (timed: Timed | undefined) => timed ? flopsOf({ ...this.product, rows: timed[0].rows }) / timed[1] / 1e6 : null;
    const own = this.defaultOf(finals);
    const best = fastest(finals);
    const winner = own && best && !beats(best, own) ? own : best;
    return { choice: winner?.[0].choice ?? this.candidates[0]!, gflops: rate(winner), defaultGflops: rate(own ?? this.defaultOf(probed)), rejected: this.rejected };
  }

  private defaultOf(timed: readonly Timed[]): Timed | undefined {
    return timed.find(([t]) => sameChoice(t.choice, this.candidates[0]!));
  }

  /** Rows of which the default keeps the device busy for a while, or all; the first number where the default can't be timed. */
  private async fullRows(operands: Operands): Promise<number> {
    const { gpu, product } = this;
    let rows = Math.min(product.rows, Math.max(1, Math.ceil(PROBE_FLOPS[gpu.software ? 'software' : 'hardware'] / flopsOf({ ...product, rows: 1 }))));
    while (rows < product.rows && !gpu.software && !this.clock.late()) {
      try {
        const trial = trialOf(gpu, operands, this.candidates[0]!, rows, this.plan);
        this.trials.push(trial);
        await watched(gpu, () => trial.build());
        const [ms] = await this.time([trial], { samples: 1, atLeast: FULL_MS });
        if (ms! >= FULL_MS) break;
      } catch (e) {
        if (!(e instanceof GpuError)) throw e;
        break; // the probe will say why
      }
      rows = Math.min(product.rows, GROWTH * rows);
    }
    return rows;
  }

  /** Compiles, checks and times every candidate on clipped rows; ends early where the time does. */
  private async probe(operands: Operands, rows: number): Promise<Timed[]> {
    const expected = expectedOf(operands, rows);
    const timed: Timed[] = [];
    const seen = new Set<string>();
    const waiting = [...this.candidates];
    // A processor compiles and measures on the same cores.
    const width = this.gpu.software ? 2 : waiting.length;
    while (waiting.length && !this.clock.late()) {
      const built = await Promise.all(waiting.splice(0, width).map(choice => this.build(operands, choice, rows, seen)));
      for (const trial of built) {
        if (!trial || this.clock.late()) continue;
        if (!await this.holds(operands, expected, trial)) continue;
        const [ms] = await this.time([trial], PROBE);
        timed.push([trial, ms!]);
      }
    }
    return timed;
  }

  /** Null where the candidate is rejected, does the same as another, or isn't ready in time. */
  private async build(operands: Operands, choice: Choice, rows: number, seen: Set<string>): Promise<Trial | null> {
    const { gpu, clock } = this;
    try {
      const trial = trialOf(gpu, operands, choice, rows, this.plan);
      if (seen.has(trial.signature)) {
        this.candidates.splice(this.candidates.indexOf(choice), 1);
        return null;
      }
      seen.add(trial.signature);
      this.trials.push(trial);
      const ready = watched(gpu, () => trial.build()).then(() => true);
      let timer = 0;
      const end = new Promise<false>(resolve => { timer = setTimeout(() => resolve(false), Math.max(0, clock.end - clock.now())) as unknown as number; });
      const inTime = await Promise.race([ready, end]);
      clearTimeout(timer);
      if (inTime) return trial;
      // Compiling can't be called off; what comes of it later is let go.
      const letGo = () => trial.destroy();
      ready.then(letGo, letGo);
      return null;
    } catch (e) {
      this.reject(choice, e);
      return null;
    }
  }

  /** Runs a trial once on fresh outputs and looks at what came of it; rejects it where that is wrong. */
  private async holds(operands: Operands, expected: Expected, trial: Trial): Promise<boolean> {
    try {
      await watched(this.gpu, () => {
        operands.fill('outputs');
        trial.run();
      });
      const wrong = await fault(operands, expected);
      if (wrong) throw new GpuError(`computes wrongly: ${wrong}`);
      return true;
    } catch (e) {
      this.reject(trial.choice, e);
      return false;
    }
  }

  private reject(choice: Choice, error: unknown): void {
    if (!(error instanceof GpuError)) throw error;
    this.rejected.push({ candidate: nameOf(choice), reason: error.message });
  }

  /** The best of the probe against each other on as many rows as the time allows; null where it allows too few. */
  private async finals(operands: Operands, probeRows: number, near: readonly Timed[]): Promise<Timed[] | null> {
    const { clock, product } = this;
    const timing: TimingOptions = FINALS[this.gpu.software ? 'software' : 'hardware'];
    const { samples, atLeast } = timing;
    if (near.length <= 1) return [...near];
    const perRow = near.reduce((ms, [, t]) => ms + t, 0) / probeRows;
    const left = clock.end - clock.now();
    // Two runs to warm up, then the samples; a part of what is left, so that other products get their turn.
    const affordable = Math.floor(Math.max(left * SHARE, near.length * samples * atLeast) / ((samples + 2) * perRow));
    const rows = Math.max(probeRows, Math.min(product.rows, affordable));
    if (clock.late() || near.length * samples * atLeast > left || (samples + 2) * perRow * probeRows > left) return null;
    let trials = near.map(([t]) => t);
    if (rows > probeRows) {
      const expected = expectedOf(operands, rows);
      const seen = new Set<string>();
      const larger = (await Promise.all(trials.map(t => this.build(operands, t.choice, rows, seen)))).filter(t => t !== null);
      trials = [];
      for (const t of larger) if (!clock.late() && await this.holds(operands, expected, t)) trials.push(t);
      if (clock.late()) return null;
    }
    const times = await this.time(trials, timing);
    const timed = trials.map((t, i): Timed => [t, times[i]!]);
    // A change from the default has to win twice: on a machine with other work all samples of one can be unlucky.
    const own = this.defaultOf(timed);
    const best = fastest(timed);
    if (!own || !best || !beats(best, own) || clock.late()) return timed;
    const again = await this.time([own[0], best[0]], timing);
    return timed.map(([t, ms]) => [t, t === own[0] ? Math.min(ms, again[0]!) : t === best[0] ? Math.min(ms, again[1]!) : ms] as const);
  }
}

const fastest = (timed: readonly Timed[]): Timed | undefined => [...timed].sort((a, b) => a[1] - b[1])[0];
const beats = (a: Timed, b: Timed): boolean => a[1] < CLEARLY * b[1];
const sameChoice = (a: Choice, b: Choice): boolean => a.tile === b.tile && a.splits === b.splits;

/**
 * Errors of the device that come of the calls `act` makes before its first wait become a GpuError of its own, so that one
 * candidate's fault is no one else's.
 */
async function watched<T>(gpu: Gpu, act: () => T | Promise<T>): Promise<T> {
  const { device } = gpu;
  const scopes = ['validation', 'out-of-memory', 'internal'] as const;
  for (const s of scopes) device.pushErrorScope(s);
  let made: T | Promise<T> | undefined;
  let thrown: unknown;
  try {
    made = act();
  } catch (e) {
    thrown = e;
  }
  const faults = scopes.map(() => device.popErrorScope());
  const [result, ...found] = await Promise.allSettled([thrown ? Promise.reject(thrown as Error) : made, ...faults]);
  if (result!.status === 'rejected') throw result!.reason;
  const error = found.map(f => f.status === 'fulfilled' ? f.value : null).find(f => f);
  if (error) throw new GpuError(error.message);
  return result!.value as T;
}
