/** The worker's verbs: one device, one dataset, one run at a time. */
import { type Config, ConfigError, preset, validate } from '#contract/config.ts';
import type { ProfileReport } from '#contract/profile.ts';
import type { AttentionMaps, CostEstimate, DatasetSummary, DeviceReport, FileFate, KnnResult, RunState, SkippedFile, SourceFile, Thumbnail, TrainerApi, TrainerEvent, TuningReport } from '#contract/trainer.ts';
import { Rng } from '#lib/rng.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import { ingestFiles } from '#engine/data/ingest.ts';
import { centerView } from '#engine/data/views.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { knnAccuracy } from '#engine/insight/knn.ts';
import { profileNoise, profileRun } from '#engine/measure/profile.ts';
import { EventBatch } from './event-batch.ts';
import { exportModel } from './export-model.ts';
import { Loader } from './loader.ts';
import { Session } from './session.ts';
import { thumbnail } from './thumbnail.ts';
import { noTuning, prepareKernels } from './tuning.ts';
import { UntrainedTeacher } from './untrained.ts';

export class StateError extends Error {
  override name = 'StateError';
}

/** Pictures encoded at once for features. */
const FEATURE_BATCH = 32;

/** Images are kept a little larger than the views, so that crops keep their detail. */
const decodeSizeFor = (c: Config): number => Math.max(64, Math.round(1.5 * c.imageSize));

export class TrainerService implements TrainerApi {
  private gpu: Promise<Gpu> | null = null;
  private readonly events = new EventBatch();
  private dataset: Dataset | null = null;
  private readonly loader = new Loader(event => this.events.send(event));
  private session: Session | null = null;
  /** A start under way: what stops or replaces a run waits for it. */
  private starting: Promise<void> = Promise.resolve();
  private measuring: AbortController | null = null;
  private tuned: TuningReport | null = null;
  private untrained: UntrainedTeacher | null = null;
  /** The configuration asked about last: what an untrained network is shown for. */
  private draft: Config = preset('tiny');
  private viewer: { owner: object; encoder: Encoder } | null = null;
  /** The last view or profile asked for. */
  private viewing: Promise<unknown> = Promise.resolve();

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
      gpu.device.addEventListener('uncapturederror', e => this.events.send({ type: 'failure', name: 'GpuError', message: `The GPU reported: ${e.error.message}` }));
      gpu.device.lost.then(info => info.reason === 'destroyed' ? undefined : this.events.send({ type: 'failure', name: 'GpuError', message: `The GPU was lost (${info.message || 'no reason given'}). Reload the page to go on.` })).catch(() => {});
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

  start(config: Config): Promise<void> {
    const start = this.starting.then(() => this.prepare(config));
    this.starting = start.catch(() => {});
    return start;
  }

  private async prepare(config: Config): Promise<void> {
    refuseInvalid(config);
    if (!this.dataset) throw new StateError('There are no images yet: add a folder or take the sample images.');
    const gpu = await this.open();
    await this.clear();
    this.dataset.fitDecodeSize(decodeSizeFor(config));
    const state = (state: RunState, message?: string) => this.events.send({ type: 'state', state, ...(message === undefined ? {} : { message }) });
    try {
      await this.chooseKernels(gpu, config, state);
      this.session = await Session.start(gpu, config, this.dataset, { state, step: report => this.events.step(report) });
    } catch (e) {
      state('failed', e instanceof Error ? e.message : String(e));
      throw e;
    }
  }

  /** Measures for a few seconds at most; a stop ends it early. */
  private async chooseKernels(gpu: Gpu, config: Config, state: (state: RunState, message?: string) => void): Promise<void> {
    const measuring = this.measuring = new AbortController();
    state('preparing');
    let told = false;
    const onProgress = () => {
      if (!told) state('preparing', 'measuring which kernels are fastest on this device');
      told = true;
    };
    try {
      this.tuned = await prepareKernels(gpu, config, { signal: measuring.signal, onProgress });
    } finally {
      this.measuring = null;
    }
  }

  async tuning(): Promise<TuningReport> {
    return this.tuned ?? noTuning((await this.open()).name, this.draft.kernels);
  }

  /** Ends the run and frees what it and the views of it hold. */
  private async clear(): Promise<void> {
    await this.session?.stop();
    await this.viewing;
    this.viewer?.encoder.destroy();
    this.viewer = null;
    this.untrained?.destroy();
    this.untrained = null;
    this.session?.destroy();
    this.session = null;
  }

  private running(): Session {
    if (!this.session) throw new StateError('There is no run: press Train first.');
    return this.session;
  }

  async pause(): Promise<void> {
    await this.running().pause();
  }

  async resume(): Promise<void> {
    this.running().resume();
  }

  async singleStep(): Promise<void> {
    await this.running().singleStep();
  }

  async stop(): Promise<void> {
    this.measuring?.abort();
    await this.starting;
    await this.session?.stop();
  }

  attention(index: number, askedBlock: number): Promise<AttentionMaps> {
    return this.view(1, async (encoder, config, step) => {
      const block = Math.max(0, Math.min(config.depth - 1, Math.trunc(askedBlock) || 0));
      const [image] = await this.images([index]);
      await encoder.run([image!], [centerView(image!.width, image!.height)]);
      const [maps, pixels] = await Promise.all([encoder.readAttention(block), encoder.readPicture()]);
      return { step, index, block, heads: config.numHeads, grid: encoder.grid, maps, side: config.imageSize, pixels };
    });
  }

  async exportModel(): Promise<ArrayBuffer> {
    const session = this.running();
    return exportModel(await this.open(), session.config, session.trainer.step.state, session.step);
  }

  async knn(queries: SourceFile[]): Promise<KnnResult> {
    const { dataset } = this;
    if (!dataset?.labels) throw new StateError('k-NN needs class sub-folders: the training folder has none.');
    const asked = await ingestFiles('queries', queries, { decodeSize: dataset.decodeSize });
    try {
      if (!asked.labels) throw new StateError('k-NN needs class sub-folders: the folder of queries has none.');
      const known = asked.classes.map(name => dataset.classes.indexOf(name));
      const stranger = known.indexOf(-1);
      if (stranger >= 0) throw new StateError(`The queries' class "${asked.classes[stranger]}" is no class of the training folder (${dataset.classes.join(', ')}).`);
      const labels = Array.from(asked.labels, l => known[l]!);
      return await this.view(FEATURE_BATCH, async (encoder, config) => {
        const bank = await featuresOf(encoder, config, dataset);
        const query = await featuresOf(encoder, config, asked);
        const accuracy = (which: 'cls' | 'mean') => knnAccuracy(bank[which], dataset.labels!, query[which], labels, config.embedDim);
        return { classToken: accuracy('cls'), meanPatch: accuracy('mean'), queries: asked.count, bank: dataset.count };
      });
    } finally {
      asked.destroy();
    }
  }

  async profile(): Promise<ProfileReport> {
    await this.starting;
    return this.turn(async () => {
      const gpu = await this.open();
      const { session } = this;
      return session
        ? session.between(() => profileRun(gpu, session.trainer, session.config, session.step, session.pace))
        : profileNoise(gpu, this.draft);
    });
  }

  /** Views and profiles one after the other: views share buffers, and a profile wants the GPU for itself. */
  private turn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.viewing.then(act);
    this.viewing = turn.catch(() => {});
    return turn;
  }

  /** Runs `use` with an encoder of `count` pictures on the run's teacher, or on an untrained one. One at a time. */
  private view<T>(count: number, use: (encoder: Encoder, config: Config, step: number) => Promise<T>): Promise<T> {
    return this.turn(async () => {
      const gpu = await this.open();
      const { session } = this;
      if (!session && (!this.untrained || this.untrained.config !== this.draft)) {
        this.untrained?.destroy();
        this.untrained = new UntrainedTeacher(gpu, this.draft, new Rng(this.draft.seed, 1));
      }
      const owner = session ?? this.untrained!;
      const { config } = owner;
      if (!this.viewer || this.viewer.owner !== owner || this.viewer.encoder.count !== count) {
        this.viewer?.encoder.destroy();
        this.viewer = null;
        const teacher = session ? session.trainer.step.state.teacherOf : this.untrained!.parameters;
        this.viewer = { owner, encoder: await Encoder.create(gpu, config, teacher, count) };
      }
      return use(this.viewer.encoder, config, session?.step ?? 0);
    });
  }
}

async function featuresOf(encoder: Encoder, config: Config, dataset: Dataset): Promise<{ cls: Float32Array; mean: Float32Array }> {
  const c = config.embedDim;
  const cls = new Float32Array(dataset.count * c);
  const mean = new Float32Array(dataset.count * c);
  for (let first = 0; first < dataset.count; first += encoder.count) {
    // The last batch is filled up with its last image.
    const indices = Array.from({ length: encoder.count }, (_, i) => Math.min(dataset.count - 1, first + i));
    const images = await dataset.images(indices);
    await encoder.run(images, images.map(i => centerView(i.width, i.height)));
    const features = await encoder.readFeatures();
    for (let i = 0; i < encoder.count && first + i < dataset.count; i++) {
      cls.set(features.subarray(2 * i * c, (2 * i + 1) * c), (first + i) * c);
      mean.set(features.subarray((2 * i + 1) * c, (2 * i + 2) * c), (first + i) * c);
    }
  }
  return { cls, mean };
}

function refuseInvalid(config: Config): void {
  const problems = validate(config);
  if (problems.length) throw new ConfigError(problems.map(p => p.message).join(' '));
}
