/** The worker's verbs: one device, one dataset, one run at a time. */
import { type Config, preset, requireValid } from '#contract/config.ts';
import type { ProfileReport } from '#contract/profile.ts';
import type { RunInfo, StorageReport } from '#contract/runs.ts';
import type { AttentionMaps, ComponentMaps, CostEstimate, DatasetSummary, DeviceReport, EvaluationReport, FileFate, KnnResult, MatchMaps, NearestPatches, ReportColumns, ResumedRun, SimilarityMaps, SkippedFile, SourceFile, Thumbnail, TrainerApi, TrainerEvent, TuningReport } from '#contract/trainer.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { ingestFiles } from '#engine/data/ingest.ts';
import { estimateCost } from '#engine/ibot/cost.ts';
import { fittingMicroBatch } from '#engine/ibot/fitting.ts';
import type { Encoder } from '#engine/insight/encoder.ts';
import { profileNoise, profileRun } from '#engine/measure/profile.ts';
import { CurrentRun } from './current-run.ts';
import { DeviceHolder } from './device-holder.ts';
import { Evaluation } from './evaluation.ts';
import { EventBatch } from './event-batch.ts';
import { exportModel } from './export-model.ts';
import { knn, queryLabels } from './knn.ts';
import { Library } from './library.ts';
import { Loader } from './loader.ts';
import { requireImages } from './pictures.ts';
import { thumbnail } from './thumbnail.ts';
import { noTuning } from './tuning.ts';
import { Viewer } from './viewer.ts';
import { type Surroundings, Views } from './views.ts';

/** Pictures encoded at once for features. */
const FEATURE_BATCH = 32;

export class TrainerService implements TrainerApi {
  private readonly library: Library;
  private readonly events = new EventBatch();
  private readonly devices = new DeviceHolder(event => this.events.send(event));
  private dataset: Dataset | null = null;
  private readonly loader = new Loader(event => this.events.send(event));
  /** The configuration asked about last: what an untrained network is shown for. */
  private draft: Config = preset('tiny');
  private readonly viewer = new Viewer({ session: () => this.run.session, draft: () => this.draft, kept: step => this.run.keptTeacher(step) });
  private readonly run: CurrentRun;
  private readonly around: Surroundings = {
    open: () => this.devices.open(), session: () => this.run.session, draft: () => this.draft, dataset: () => this.dataset, send: event => this.events.send(event),
  };
  private readonly views = new Views(this.viewer, this.around);
  private readonly evaluation = new Evaluation(this.viewer, this.around);

  constructor(library = new Library()) {
    this.library = library;
    this.run = new CurrentRun(this.devices, library, this.viewer, this.events, () => this.dataset);
    library.onWriter = () => this.events.send({ type: 'storage' });
  }

  async device(): Promise<DeviceReport> {
    try {
      const gpu = await this.devices.open();
      const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
      return { ok: true, name: gpu.name, reason: '', features: [...gpu.device.features], limits: { maxBufferSize, maxStorageBufferBindingSize }, software: gpu.software };
    } catch (e) {
      return { ok: false, name: '', reason: e instanceof Error ? e.message : String(e), features: [], limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, software: false };
    }
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
    this.evaluation.cancel();
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

  async thumbnails(indices: number[], size: number): Promise<Thumbnail[]> {
    const dataset = requireImages(this.dataset);
    return (await dataset.images(indices)).map((image, i) => ({ index: indices[i]!, path: dataset.paths[indices[i]!]!, ...thumbnail(image, size) }));
  }

  async estimate(config: Config): Promise<CostEstimate> {
    requireValid(config);
    this.draft = config;
    return estimateCost(config);
  }

  async fittingMicroBatch(config: Config): Promise<number | null> {
    requireValid(config);
    const gpu = await this.devices.open();
    return this.viewer.turn(() => fittingMicroBatch(gpu, config));
  }

  start(config: Config, keep = true): Promise<void> {
    return this.run.start(config, keep);
  }

  resumeRun(id: string, step?: number): Promise<ResumedRun> {
    return this.run.resume(id, step);
  }

  save(): Promise<void> {
    return this.run.save();
  }

  async tuning(): Promise<TuningReport> {
    return this.run.tuned ?? noTuning((await this.devices.open()).name, this.draft.kernels);
  }

  async pause(): Promise<void> {
    await this.run.settled();
    await this.run.running().pause();
  }

  async resume(): Promise<void> {
    this.run.running().resume();
  }

  async singleStep(): Promise<void> {
    await this.run.running().singleStep();
  }

  stop(): Promise<void> {
    return this.run.stop();
  }

  async lookAt(step: number | null): Promise<void> {
    this.viewer.at = step;
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
    const session = this.run.running();
    return exportModel(await this.devices.open(), session.config, session.trainer.step.state, session.step);
  }

  async knn(queries: SourceFile[]): Promise<KnnResult> {
    const dataset = requireImages(this.dataset);
    const asked = await ingestFiles('queries', queries, { decodeSize: dataset.decodeSize });
    try {
      const labels = queryLabels(dataset, asked);
      return await this.view(FEATURE_BATCH, (encoder, config) => knn(encoder, config, dataset, asked, labels));
    } finally {
      asked.destroy();
    }
  }

  async evaluate(): Promise<EvaluationReport | null> {
    await this.run.settled();
    return this.evaluation.run();
  }

  async cancelEvaluation(): Promise<void> {
    this.evaluation.cancel();
  }

  async profile(): Promise<ProfileReport> {
    await this.run.settled();
    return this.viewer.turn(async () => {
      const gpu = await this.devices.open();
      const { session } = this.run;
      return session
        ? session.between(() => profileRun(gpu, session.trainer, session.config, session.step, session.pace))
        : profileNoise(gpu, this.draft);
    });
  }

  /** Runs `use` with an encoder of `count` pictures on the run's teacher, or on an untrained one. One at a time. */
  private view<T>(count: number, use: (encoder: Encoder, config: Config) => Promise<T>): Promise<T> {
    return this.viewer.turn(async () => {
      const gpu = await this.devices.open();
      const teacher = await this.viewer.now(gpu);
      const encoder = await this.viewer.encoder(gpu, teacher, count);
      return use(encoder, teacher.config).finally(() => this.viewer.release(count));
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
    this.run.renamed(id, name);
  }

  async duplicateRun(id: string): Promise<string> {
    await this.run.writtenNow(id);
    return this.library.duplicate(id);
  }

  async removeRun(id: string): Promise<void> {
    await this.run.end(id);
    await this.library.remove(id);
  }

  async exportRun(id: string): Promise<ArrayBuffer> {
    await this.run.writtenNow(id);
    return this.library.export(id);
  }

  async importRun(file: Blob): Promise<RunInfo> {
    return this.library.import(file);
  }

  async runReports(id: string): Promise<ReportColumns> {
    return this.library.reports(id);
  }
}
