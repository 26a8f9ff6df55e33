/** The run in memory, over its life: prepared, kept, brought back after the GPU was lost, ended. One at a time. */
import { type Config, requireValid } from '#contract/config.ts';
import type { ResumedRun, RunState, TuningReport } from '#contract/trainer.ts';
import { messageOf, StateError } from '#lib/errors.ts';
import type { KernelChoice, RunSnapshot } from '#engine/checkpoint/snapshot.ts';
import type { KeptTeacher } from '#engine/checkpoint/teacher.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { decodeSizeFor } from './decode-size.ts';
import type { DeviceHolder } from './device-holder.ts';
import type { EventBatch } from './event-batch.ts';
import { type Identity, Keeper } from './keeper.ts';
import type { Library } from './library.ts';
import { requireImages } from './pictures.ts';
import { reopen } from './reopen.ts';
import { Session } from './session.ts';
import { chosenKernels, prepareKernels, setKernels } from './tuning.ts';
import type { Viewer } from './viewer.ts';

/** Losses of the GPU without a step between them after which a run gives up. */
const MOST_LOSSES = 5;

interface LiveRun { session: Session; keeper: Keeper }

export class CurrentRun {
  private readonly devices: DeviceHolder;
  private readonly library: Library;
  private readonly viewer: Viewer;
  private readonly events: EventBatch;
  private readonly dataset: () => Dataset | null;
  private run: LiveRun | null = null;
  /** A start, or a rescue after the GPU was lost, under way: what stops or replaces a run waits for it. */
  private starting: Promise<void> = Promise.resolve();
  /** Cuts short what `starting` can do without or wait for in vain: measuring kernels, a GPU that doesn't come back. */
  private hurry: AbortController | null = null;
  private losses = { step: -1, count: 0 };
  /** How the kernels of the run that was prepared last were chosen. */
  tuned: TuningReport | null = null;

  constructor(devices: DeviceHolder, library: Library, viewer: Viewer, events: EventBatch, dataset: () => Dataset | null) {
    this.devices = devices;
    this.library = library;
    this.viewer = viewer;
    this.events = events;
    this.dataset = dataset;
    devices.onLost = (gpu, why) => { this.lose(gpu, why); };
  }

  get session(): Session | null {
    return this.run?.session ?? null;
  }

  get id(): string | null {
    return this.run?.keeper.identity.id ?? null;
  }

  /** A start or a rescue under way has ended, well or not. */
  settled(): Promise<void> {
    return this.starting;
  }

  /** The session. Throws StateError where there is no run. */
  running(): Session {
    if (!this.run) throw new StateError('There is no run: press Train first.');
    return this.run.session;
  }

  /** Throws ConfigError, StateError, NoRoomError or GpuError. */
  start(config: Config, keep: boolean): Promise<void> {
    return this.next(async signal => {
      requireValid(config);
      const now = new Date();
      const name = `${requireImages(this.dataset()).name}, ${now.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })}`;
      await this.prepare(config, { id: crypto.randomUUID(), name, started: now.getTime() }, null, signal, keep);
    });
  }

  /** A kept run in place of this one; of an earlier `step` a copy of it. Throws as `start` does, and CheckpointError. */
  async resume(id: string, step?: number): Promise<ResumedRun> {
    await this.writtenNow(id);
    const { snapshot, remarks } = await this.library.load(id, step);
    const dataset = this.dataset();
    if (!dataset) throw new StateError(`"${snapshot.name}" was trained on "${snapshot.dataset.name}": add those images first.`);
    if (dataset.hash !== snapshot.dataset.hash) {
      remarks.push(`The images are not those that this run began with: "${snapshot.dataset.name}" had ${snapshot.dataset.count.toLocaleString('en')} images, "${dataset.name}" has ${dataset.count.toLocaleString('en')}. It goes on with what is there now.`);
    }
    await this.next(signal => this.prepare(snapshot.config, snapshot, snapshot, signal, true));
    return { id: snapshot.id, name: snapshot.name, config: snapshot.config, reports: snapshot.reports, remarks };
  }

  private next(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const start = this.starting.then(() => {
      this.hurry = new AbortController();
      return act(this.hurry.signal);
    });
    this.starting = start.catch(() => {});
    return start;
  }

  private readonly state = (state: RunState, message?: string): void => {
    this.events.send({ type: 'state', state, ...(message === undefined ? {} : { message }) });
    if (state === 'paused' || state === 'stopped' || state === 'finished') this.keep();
  };

  private async prepare(config: Config, { id, name, started }: Identity, from: RunSnapshot | null, signal: AbortSignal, keep: boolean): Promise<void> {
    const dataset = requireImages(this.dataset());
    const store = keep ? await this.library.writer() : null;
    const gpu = await this.devices.open();
    await this.clear();
    dataset.fitDecodeSize(decodeSizeFor(config));
    try {
      this.run = await this.begin(gpu, config, dataset, { id, name, started }, from, signal, store);
      this.events.send({ type: 'run', id, name });
      // Frame 0 of the run's history, and what a rescue goes back to.
      await this.saved(this.run);
    } catch (e) {
      this.state('failed', messageOf(e));
      throw e;
    }
  }

  /** A session with its keeper. Nothing else may allocate a view of the teacher meanwhile. */
  private begin(gpu: Gpu, config: Config, dataset: Dataset, identity: Identity, from: RunSnapshot | null, signal: AbortSignal, store: Keeper['store']): Promise<LiveRun> {
    return this.viewer.turn(async () => {
      this.state('preparing');
      const kernels = await this.chooseKernels(gpu, config, from, signal);
      const session = await Session.start(gpu, config, dataset, { state: this.state, step: report => {
        this.events.step(report);
        if (this.run?.keeper.due(report.step, config.checkpointMinutes)) this.keep();
      } }, from);
      const keeper = new Keeper(identity, store, kernels, from?.step ?? -1, step => this.events.send({ type: 'saved', id: identity.id, step }));
      return { session, keeper };
    });
  }

  /** As a checkpoint has it, or measured for a few seconds at most. */
  private async chooseKernels(gpu: Gpu, config: Config, from: RunSnapshot | null, signal: AbortSignal): Promise<KernelChoice[]> {
    if (from) {
      this.tuned = await setKernels(gpu, config, from.kernels);
      return from.kernels;
    }
    let told = false;
    const onProgress = () => {
      if (!told) this.state('preparing', 'measuring which kernels are fastest on this device');
      told = true;
    };
    this.tuned = await prepareKernels(gpu, config, { signal, onProgress });
    return chosenKernels(gpu);
  }

  /** Writes the run, without anybody waiting for it. */
  private keep(): void {
    if (this.run) void this.saved(this.run);
  }

  /** A run that can't be written waits, so that no more is lost than what was since the last checkpoint. */
  private async saved({ session, keeper }: LiveRun): Promise<void> {
    try {
      await keeper.save(session);
    } catch (e) {
      if (this.run?.session !== session || await session.isLost()) return;
      this.events.send({ type: 'failure', name: e instanceof Error ? e.name : 'Error', message: messageOf(e) });
      await session.pause();
    }
  }

  /** Its teacher as it was kept at a step, or at the last one before it; null where none was. */
  async keptTeacher(step: number): Promise<KeptTeacher | null> {
    return await this.run?.keeper.teacher(step) ?? null;
  }

  /** Writes what wasn't written yet. Throws what the store throws. */
  async save(): Promise<void> {
    await this.starting;
    await this.run?.keeper.save(this.run.session);
  }

  /** What is on disk of the run of this id is what it is now. */
  async writtenNow(id: string): Promise<void> {
    if (this.id === id) await this.save();
  }

  renamed(id: string, name: string): void {
    if (this.run?.keeper.identity.id !== id) return;
    this.run.keeper.identity.name = name;
    this.events.send({ type: 'run', id, name });
  }

  async stop(): Promise<void> {
    this.hurry?.abort();
    await this.starting;
    await this.run?.session.stop();
  }

  /** Ends it, if it is the one of this id. */
  async end(id: string): Promise<void> {
    if (this.id === id) await this.next(() => this.clear());
  }

  /** Ends the run, once it is written, and frees what it and the views of it hold. */
  private async clear(): Promise<void> {
    const { run } = this;
    if (!run) return this.viewer.turn(async () => this.viewer.free());
    await run.session.stop();
    await this.saved(run);
    this.run = null;
    await this.viewer.turn(async () => {
      this.viewer.free();
      run.session.destroy();
    });
  }

  /** The GPU is gone: gets another one and goes on from the last checkpoint, training if it was. */
  private lose(gpu: Gpu, why: string): void {
    void this.next(async signal => {
      if (!await this.devices.forget(gpu)) return;
      const { run } = this;
      this.run = null;
      const training = await run?.session.abandon();
      await this.viewer.turn(async () => this.viewer.free());
      run?.session.destroy();
      gpu.destroy();
      if (run) await this.rescue(run, training === true, why, signal);
      else this.events.send({ type: 'failure', name: 'GpuLostError', message: `The GPU was lost (${why}). There was no run; it is asked for again when it is needed.` });
    }).catch((e: unknown) => this.state(e instanceof Error && e.name === 'AbortError' ? 'stopped' : 'failed', messageOf(e)));
  }

  private async rescue({ session, keeper }: LiveRun, training: boolean, why: string, signal: AbortSignal): Promise<void> {
    const { step } = session;
    this.losses = { step, count: this.losses.step === step ? this.losses.count + 1 : 1 };
    if (this.losses.count >= MOST_LOSSES) {
      throw new StateError(`The GPU was lost ${MOST_LOSSES} times at step ${step} (${why}). Choose a smaller micro-batch or network, then resume the run: its last checkpoint is kept.`);
    }
    const gpu = await reopen(() => this.devices.open(), signal, (count, fault) => this.state('preparing', `the GPU was lost (${why}); try ${count} to get it back${fault && `. The last one: ${fault} If it stays away, restart the browser: the run is kept up to its last checkpoint`}`));
    const snapshot = await keeper.latest();
    const dataset = this.dataset();
    if (!snapshot || !dataset) throw new StateError(`The GPU was lost (${why}) before the run was ever kept: start it again.`);
    this.run = await this.begin(gpu, session.config, dataset, keeper.identity, snapshot, signal, keeper.store);
    this.events.send({ type: 'rewound', step: snapshot.step, latest: snapshot.reports.at(-1) ?? null });
    this.events.send({ type: 'failure', name: 'GpuLostError', message: `The GPU was lost at step ${step} (${why}) and is back. The run goes on from step ${snapshot.step}.` });
    if (training) this.run.session.resume();
  }
}
