/** The worker's verbs: one device, one dataset, one run at a time. */
import { type Config, ConfigError, preset, validate } from '#contract/config.ts';
import type { ProfileReport } from '#contract/profile.ts';
import type { RunInfo, StorageReport } from '#contract/runs.ts';
import type { AttentionMaps, ComponentMaps, CostEstimate, DatasetSummary, DeviceReport, FileFate, KnnResult, MatchMaps, NearestPatches, ResumedRun, RunState, SimilarityMaps, SkippedFile, SourceFile, Thumbnail, TrainerApi, TrainerEvent, TuningReport } from '#contract/trainer.ts';
import { messageOf, StateError } from '#lib/errors.ts';
import type { KernelChoice, RunSnapshot } from '#engine/checkpoint/snapshot.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import { ingestFiles } from '#engine/data/ingest.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { fittingMicroBatch } from '#engine/ibot/fitting.ts';
import type { Encoder } from '#engine/insight/encoder.ts';
import { profileNoise, profileRun } from '#engine/measure/profile.ts';
import { decodeSizeFor } from './decode-size.ts';
import { knn, queryLabels } from './evaluate.ts';
import { EventBatch } from './event-batch.ts';
import { exportModel } from './export-model.ts';
import { type Identity, Keeper } from './keeper.ts';
import { Library } from './library.ts';
import { Loader } from './loader.ts';
import { reopen } from './reopen.ts';
import { Session } from './session.ts';
import { thumbnail } from './thumbnail.ts';
import { chosenKernels, noTuning, prepareKernels, setKernels } from './tuning.ts';
import { Viewer } from './viewer.ts';
import { Views } from './views.ts';

/** Pictures encoded at once for features. */
const FEATURE_BATCH = 32;
/** Losses of the GPU without a step between them after which a run gives up. */
const MOST_LOSSES = 5;

interface LiveRun { session: Session; keeper: Keeper }

export class TrainerService implements TrainerApi {
  private readonly library: Library;
  private gpu: Promise<Gpu> | null = null;
  private readonly events = new EventBatch();
  private dataset: Dataset | null = null;
  private readonly loader = new Loader(event => this.events.send(event));
  private run: LiveRun | null = null;
  /** A start, or a rescue after the GPU was lost, under way: what stops or replaces a run waits for it. */
  private starting: Promise<void> = Promise.resolve();
  /** Cuts short what `starting` can do without or wait for in vain: measuring kernels, a GPU that doesn't come back. */
  private hurry: AbortController | null = null;
  private losses = { step: -1, count: 0 };
  private tuned: TuningReport | null = null;
  /** The configuration asked about last: what an untrained network is shown for. */
  private draft: Config = preset('tiny');
  private readonly viewer = new Viewer();
  private readonly views = new Views(this.viewer, {
    open: () => this.open(), session: () => this.run?.session ?? null, draft: () => this.draft, dataset: () => this.dataset, send: event => this.events.send(event),
  });

  constructor(library = new Library()) {
    this.library = library;
    library.onWriter = () => this.events.send({ type: 'storage' });
  }

  async device(): Promise<DeviceReport> {
    try {
      const gpu = await this.open();
      const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
      return { ok: true, name: gpu.name, reason: '', features: [...gpu.device.features], limits: { maxBufferSize, maxStorageBufferBindingSize }, software: gpu.software };
    } catch (e) {
      return { ok: false, name: '', reason: e instanceof Error ? e.message : String(e), features: [], limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, software: false };
    }
  }

  private open(): Promise<Gpu> {
    this.gpu ??= Gpu.open().then(gpu => {
      gpu.device.addEventListener('uncapturederror', ({ error }) => {
        this.events.send({ type: 'failure', name: 'GpuError', message: `The GPU reported: ${error.message}` });
        // What was to be allocated isn't there, and what is computed without it is worth nothing.
        if (error instanceof GPUOutOfMemoryError) this.lose(gpu, 'it ran out of memory');
      });
      void gpu.device.lost.then(info => this.lose(gpu, info.message || 'no reason given'));
      return gpu;
    });
    // A refusal isn't kept: the person may turn hardware acceleration on and try again.
    this.gpu.catch(() => { this.gpu = null; });
    return this.gpu;
  }

  async subscribe(listener: (events: TrainerEvent[]) => void): Promise<void> {
    this.events.listen(listener);
  }

  async beginLoad(): Promise<void> {
    this.loader.begin();
  }

  async addFiles(files: SourceFile[]): Promise<void> {
    this.loader.add(files);
  }

  async endLoad(name: string, unreadable: SkippedFile[]): Promise<DatasetSummary> {
    return this.replace(await this.loader.end(name, unreadable));
  }

  async loadFiles(name: string, files: SourceFile[]): Promise<DatasetSummary> {
    this.loader.begin();
    this.loader.add(files);
    return this.endLoad(name, []);
  }

  async loadSample(count: number, seed: number): Promise<DatasetSummary> {
    return this.replace(await this.loader.sample(count, seed));
  }

  /** Only a dataset that can be used replaces the one before. */
  private async replace(dataset: Dataset): Promise<DatasetSummary> {
    await this.stop();
    this.dataset?.destroy();
    this.dataset = dataset;
    dataset.onLost = file => this.events.send({ type: 'lost', file });
    return dataset.summary();
  }

  async cancelLoad(): Promise<void> {
    this.loader.cancel();
  }

  async fates(fate: FileFate['fate'], from: number, count: number): Promise<FileFate[]> {
    return this.loader.fates(fate, from, count);
  }

  private images(indices: readonly number[]): Promise<SourceImage[]> {
    if (!this.dataset) throw new StateError('There are no images yet: add a folder or take the sample images.');
    return this.dataset.images(indices);
  }

  async thumbnails(indices: number[], size: number): Promise<Thumbnail[]> {
    const images = await this.images(indices);
    return images.map((image, i) => ({ index: indices[i]!, path: this.dataset!.paths[indices[i]!]!, ...thumbnail(image, size) }));
  }

  async estimate(config: Config): Promise<CostEstimate> {
    refuseInvalid(config);
    this.draft = config;
    return estimateCost(config);
  }

  async fittingMicroBatch(config: Config): Promise<number | null> {
    refuseInvalid(config);
    const gpu = await this.open();
    return this.viewer.turn(() => fittingMicroBatch(gpu, config));
  }

  start(config: Config, keep = true): Promise<void> {
    return this.startingNow(async signal => {
      const now = new Date();
      const name = `${this.dataset?.name ?? ''}, ${now.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })}`;
      await this.prepare(config, { id: crypto.randomUUID(), name, started: now.getTime() }, null, signal, keep);
    });
  }

  async resumeRun(id: string, step?: number): Promise<ResumedRun> {
    await this.keepNow(id);
    const { snapshot, remarks } = await this.library.load(id, step);
    const { dataset } = this;
    if (!dataset) throw new StateError(`"${snapshot.name}" was trained on "${snapshot.dataset.name}": add those images first.`);
    if (dataset.hash !== snapshot.dataset.hash) {
      remarks.push(`The images are not those that this run began with: "${snapshot.dataset.name}" had ${snapshot.dataset.count.toLocaleString('en')} images, "${dataset.name}" has ${dataset.count.toLocaleString('en')}. It goes on with what is there now.`);
    }
    await this.startingNow(signal => this.prepare(snapshot.config, snapshot, snapshot, signal));
    return { id: snapshot.id, name: snapshot.name, config: snapshot.config, reports: snapshot.reports, remarks };
  }

  private startingNow(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
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

  private async prepare(config: Config, { id, name, started }: Identity, from: RunSnapshot | null, signal: AbortSignal, keep = true): Promise<void> {
    refuseInvalid(config);
    if (!this.dataset) throw new StateError('There are no images yet: add a folder or take the sample images.');
    const store = keep ? await this.library.writer() : null;
    const gpu = await this.open();
    await this.clear();
    this.dataset.fitDecodeSize(decodeSizeFor(config));
    try {
      this.run = await this.begin(gpu, config, this.dataset, { id, name, started }, from, signal, store);
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
        if (this.run?.keeper.due(config.checkpointMinutes)) this.keep();
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

  async save(): Promise<void> {
    await this.starting;
    await this.run?.keeper.save(this.run.session);
  }

  /** What is on disk of this run is what it is now. */
  private async keepNow(id: string): Promise<void> {
    if (this.run?.keeper.identity.id === id) await this.save();
  }

  /** The GPU is gone: gets another one and goes on from the last checkpoint, training if it was. */
  private lose(gpu: Gpu, why: string): void {
    void this.startingNow(async signal => {
      if (await this.gpu?.catch(() => null) !== gpu) return;
      this.gpu = null;
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
    const gpu = await reopen(() => this.open(), signal, (count, fault) => this.state('preparing', `the GPU was lost (${why}); try ${count} to get it back${fault && `. The last one: ${fault} If it stays away, restart the browser: the run is kept up to its last checkpoint`}`));
    const snapshot = await keeper.latest();
    if (!snapshot || !this.dataset) throw new StateError(`The GPU was lost (${why}) before the run was ever kept: start it again.`);
    this.run = await this.begin(gpu, session.config, this.dataset, keeper.identity, snapshot, signal, keeper.store);
    this.events.send({ type: 'rewound', step: snapshot.step, latest: snapshot.reports.at(-1) ?? null });
    this.events.send({ type: 'failure', name: 'GpuLostError', message: `The GPU was lost at step ${step} (${why}) and is back. The run goes on from step ${snapshot.step}.` });
    if (training) this.run.session.resume();
  }

  async tuning(): Promise<TuningReport> {
    return this.tuned ?? noTuning((await this.open()).name, this.draft.kernels);
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

  private running(): Session {
    if (!this.run) throw new StateError('There is no run: press Train first.');
    return this.run.session;
  }

  async pause(): Promise<void> {
    await this.starting;
    await this.running().pause();
  }

  async resume(): Promise<void> {
    this.running().resume();
  }

  async singleStep(): Promise<void> {
    await this.running().singleStep();
  }

  async stop(): Promise<void> {
    this.hurry?.abort();
    await this.starting;
    await this.run?.session.stop();
  }

  attention(index: number, block: number, query = 0): Promise<AttentionMaps> {
    return this.views.attention(index, block, query);
  }

  similarity(indices: number[], patch: number): Promise<SimilarityMaps> {
    return this.views.similarity(indices, patch);
  }

  components(indices: number[], onlyForeground: boolean, swapped: boolean): Promise<ComponentMaps> {
    return this.views.components(indices, onlyForeground, swapped);
  }

  matches(from: number, to: number | null, seed: number): Promise<MatchMaps> {
    return this.views.matches(from, to, seed);
  }

  nearest(index: number, patch: number): Promise<NearestPatches | null> {
    return this.views.nearest(index, patch);
  }

  async cancelNearest(): Promise<void> {
    this.views.cancelNearest();
  }

  look(path: string, file: Blob): Promise<void> {
    return this.views.look(path, file);
  }

  async exportModel(): Promise<ArrayBuffer> {
    const session = this.running();
    return exportModel(await this.open(), session.config, session.trainer.step.state, session.step);
  }

  async knn(queries: SourceFile[]): Promise<KnnResult> {
    const { dataset } = this;
    if (!dataset) throw new StateError('There are no images yet: add a folder or take the sample images.');
    const asked = await ingestFiles('queries', queries, { decodeSize: dataset.decodeSize });
    try {
      const labels = queryLabels(dataset, asked);
      return await this.view(FEATURE_BATCH, (encoder, config) => knn(encoder, config, dataset, asked, labels));
    } finally {
      asked.destroy();
    }
  }

  async profile(): Promise<ProfileReport> {
    await this.starting;
    return this.viewer.turn(async () => {
      const gpu = await this.open();
      const session = this.run?.session;
      return session
        ? session.between(() => profileRun(gpu, session.trainer, session.config, session.step, session.pace))
        : profileNoise(gpu, this.draft);
    });
  }

  /** Runs `use` with an encoder of `count` pictures on the run's teacher, or on an untrained one. One at a time. */
  private view<T>(count: number, use: (encoder: Encoder, config: Config, step: number) => Promise<T>): Promise<T> {
    return this.viewer.turn(async () => {
      const gpu = await this.open();
      const session = this.run?.session ?? null;
      const draft = this.draft;
      const encoder = await this.viewer.encoder(gpu, session, draft, count);
      return use(encoder, session?.config ?? draft, session?.step ?? 0).finally(() => this.viewer.release(count));
    });
  }

  async storage(): Promise<StorageReport> {
    return this.library.report();
  }

  async runs(): Promise<RunInfo[]> {
    return this.library.list();
  }

  async renameRun(id: string, name: string): Promise<void> {
    await this.library.rename(id, name);
    if (this.run?.keeper.identity.id !== id) return;
    this.run.keeper.identity.name = name;
    this.events.send({ type: 'run', id, name });
  }

  async duplicateRun(id: string): Promise<string> {
    await this.keepNow(id);
    return this.library.duplicate(id);
  }

  async removeRun(id: string): Promise<void> {
    if (this.run?.keeper.identity.id === id) await this.startingNow(() => this.clear());
    await this.library.remove(id);
  }

  async exportRun(id: string): Promise<ArrayBuffer> {
    await this.keepNow(id);
    return this.library.export(id);
  }

  async importRun(file: Blob): Promise<RunInfo> {
    return this.library.import(file);
  }
}

function refuseInvalid(config: Config): void {
  const problems = validate(config);
  if (problems.length) throw new ConfigError(problems.map(p => p.message).join(' '));
}
