/** What crosses the boundary between the page and the worker. Neither side imports the other. */
import type { Config } from './config';
import type { ProfileReport } from './profile.ts';
import type { RunInfo, StorageReport } from './runs.ts';
import type { DatasetMap, MapLayout, PatternKind, Patterns, SimilarImages } from './survey.ts';

export interface DeviceReport {
  ok: boolean;
  /** "vendor architecture description", for people. */
  name: string;
  /** When not ok: what is missing and what to do. */
  reason: string;
  features: string[];
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number };
  /** A software adapter computes on the processor: correct, and a hundred times slower. */
  software: boolean;
}

/** A file as the page hands it over. `path` is relative to what was dropped; its first folder is the class. */
export interface SourceFile { path: string; file: Blob }

export interface SkippedFile { path: string; reason: string }

export interface DatasetSummary {
  name: string;
  /**
   * SHA-256 in hex over the paths and sizes of the images: another one means that the folder changed. The same folder has the
   * same hash dropped, chosen or zipped.
   */
  hash: string;
  /** Images that can be used. */
  count: number;
  /** Files looked at. */
  files: number;
  /** Files passed over in silence: hidden, of the system, or no images by their name. */
  ignored: number;
  /** Of the images in their files, px: of the smallest and the largest by area. */
  sizes: { smallest: [width: number, height: number]; largest: [width: number, height: number] };
  /** Empty when the files lie in no class folders. */
  classes: { name: string; count: number }[];
  /** The first of them, at most SKIPPED_SHOWN; `fates` has all. */
  skipped: SkippedFile[];
  skippedCount: number;
  /** Bytes of decoded pixels held in memory, and how many may be. */
  bytes: number;
  budget: number;
}

/** Skipped files that a summary lists: a message between threads that carried all of 100,000 would stop the page for a while. */
export const SKIPPED_SHOWN = 1000;

/** `total` grows until `complete`: then all files were handed over. */
export interface IngestProgress { done: number; total: number; used: number; skipped: number; complete: boolean }

/** What became of one file. `width` and `height` in px as the header says them, upright. */
export type FileFate =
  | { path: string; fate: 'used'; width: number; height: number }
  | { path: string; fate: 'skipped'; reason: string }
  | { path: string; fate: 'ignored' };

/** One decoded image, RGBA, on white. */
export interface Thumbnail { index: number; path: string; width: number; height: number; pixels: Uint8ClampedArray }

/** The numbers of one training step. Those that a run's program didn't know yet are NaN. */
export interface StepReport {
  /** Counted from 1. */
  step: number;
  loss: number; dino: number; ibot: number; koleo: number;
  /** Mean entropy of the teacher's class-token distribution, nats. */
  teacherEntropy: number;
  /** What the class-token loss is beyond that entropy: the divergence KL(teacher || student), nats. */
  kl: number;
  /** Entropy of the mean of these distributions over the batch, nats. */
  meanEntropy: number;
  /** Prototypes that are the likeliest of at least one global view of the batch. */
  prototypesUsed: number;
  /** Share of the batch's images whose two global views have the same likeliest prototype in the teacher. */
  agreement: number;
  /**
   * Standard deviation over the batch of the teacher's class tokens, each of length 1, mean over the channels, times the
   * root of their number: 0 where all are the same, 1 where they point everywhere.
   */
  featureSpread: number;
  gradNorm: number;
  lr: number; weightDecay: number; momentum: number; teacherTemp: number;
  /** Over the last reports, pauses left out. */
  imagesPerSecond: number;
  /** Seconds of training so far, pauses left out. */
  elapsed: number;
  /**
   * Milliseconds, means over the last reports: of a step by the clock; of it, waiting for images, and drawing masks,
   * filling tables and encoding in JavaScript. Some of both passes while the GPU computes.
   */
  stepMs: number; waitMs: number; encodeMs: number;
  /** Of a step, with none in the GPU's queue; no checkpoint keeps it. */
  idleMs?: number;
}

/** The reports of many steps, by field: a number for each step. */
export type ReportColumns = Record<keyof StepReport, Float64Array<ArrayBuffer>>;

export type RunState = 'idle' | 'preparing' | 'training' | 'paused' | 'finished' | 'stopped' | 'failed';

/** Images are looked through, the neighbours of each are found, a map is laid out in epochs. */
export type SearchStage = 'images' | 'neighbors' | 'layout';

export type TrainerEvent =
  | { type: 'state'; state: RunState; message?: string }
  | { type: 'steps'; reports: StepReport[] }
  | { type: 'ingest'; progress: IngestProgress }
  /** One of the first images, while the others are still being read. */
  | { type: 'preview'; thumbnail: Thumbnail }
  /** An image that was usable can't be read any more; another one stands in for it from now on. */
  | { type: 'lost'; file: SkippedFile }
  | { type: 'failure'; name: string; message: string }
  /** The run in memory is the one of this id; `name` may have changed. */
  | { type: 'run'; id: string; name: string }
  /** The run was written: closing the tab now loses nothing before this step. */
  | { type: 'saved'; id: string; step: number }
  /** What `storage` reports has changed: this tab may write now. */
  | { type: 'storage' }
  /** How far a search is: of `nearest`, `patterns` or `map`. */
  | { type: 'search'; stage: SearchStage; done: number; total: number }
  /** How far `evaluate` is, in parts of unequal length, and what it does now. */
  | { type: 'evaluation'; doing: 'pictures' | FigureId; done: number; total: number }
  /** The run goes on from an earlier step: what was reported after it doesn't count any more. */
  | { type: 'rewound'; step: number; latest: StepReport | null };

/** In place of an image's index: the picture last given to `look`. */
export const GUEST = -1;

/** Between two looks at a teacher in training lie so many times what one cost: with all around it that stays below a tenth. */
export const VIEW_REST = 20;

/** What every view of the teacher says of itself. */
export interface View {
  step: number;
  /** Patches per side. */
  grid: number;
  /** Pixels per side of its pictures. */
  side: number;
  /** Milliseconds it took of the GPU and of the worker. Who keeps a view up to date leaves VIEW_REST times that between two. */
  costMs: number;
}

/** As the network saw it: center crop at the global view size, or a random view. */
export interface SeenPicture {
  index: number;
  path: string;
  /** RGBA, side*side. */
  pixels: Uint8ClampedArray;
}

/** Attention of one token in one block of the teacher, for one image. */
export interface AttentionMaps extends View {
  index: number;
  block: number;
  heads: number;
  /** The token that looks: 0 is the class token, 1 + p is patch p. */
  query: number;
  /** (heads, grid*grid): each row is the share of the token's attention that falls on each patch; sums to 1 less the class token's share. */
  maps: Float32Array;
  /** (heads, grid*grid): of the attention on patches the share on this one and on all that get less. Above 1 - t are the patches that hold t of it. */
  mass: Float32Array;
  pixels: Uint8ClampedArray;
}

/** How alike one patch is to all others of its image and of some more. */
export interface SimilarityMaps extends View {
  patch: number;
  /** The patch's own first. */
  pictures: SeenPicture[];
  /** (pictures, grid*grid): cosines of the angles between last, normed tokens. */
  similarity: Float32Array;
}

/** The directions in which the patches of some images differ most. */
export interface ComponentMaps extends View {
  pictures: SeenPicture[];
  /** (pictures, grid*grid, 3): coordinates along the first three principal components. */
  components: Float32Array;
  /** (pictures, grid*grid): 1 where the first component of all patches is positive. */
  foreground: Uint8Array;
  /** Whether the components are those of the foreground's patches alone: false too where these are too few. */
  ofForeground: boolean;
  /** The share of the variance that each component explains. */
  explained: number[];
}

/** A patch of the first picture with the one of the second that is most like it. */
export interface PatchMatch {
  from: number; to: number;
  similarity: number;
  /** The class token's attention on `from`, mean of the last block's heads. */
  attention: number;
  /** In two views of one image: where the same place lies in the second; null where that isn't known. */
  expected: number | null;
}

export interface MatchMaps extends View {
  pictures: [SeenPicture, SeenPicture];
  /** Those with most attention, the strongest first; in two views of one image only what both show. */
  matches: PatchMatch[];
  /** Of two views of one image: patches that both show, how many of them found their own place, and how many that or one beside it; else null. */
  accuracy: { shown: number; right: number; near: number } | null;
}

/** The patches of the dataset that are most like one, at most one of each image. */
export interface NearestPatches {
  step: number;
  grid: number;
  side: number;
  index: number; patch: number;
  /** Images searched. */
  images: number;
  /** The most alike first. */
  found: { patch: number; similarity: number; picture: SeenPicture }[];
}

export interface KnnResult { classToken: number; meanPatch: number; queries: number; bank: number }

/**
 * What `evaluate` measures. Of labelled images: nearest neighbours by either token, and a linear probe. Where every pixel is known
 * too: parts named by nearest neighbours, with or without the background as an answer, and clusters of patches as objects or parts,
 * several to a label or one.
 */
export type FigureId =
  | 'knnClassToken' | 'knnMeanPatch' | 'probe' | 'parts' | 'partsOrBackground' | 'thingSegments' | 'objectSegments' | 'objectSegmentsOneToOne' | 'partSegments' | 'partSegmentsOneToOne';

/** In percent: of the teacher, of the network as it was before training, and of colour alone. */
export interface Figure {
  id: FigureId;
  trained: number; untrained: number; colour: number;
  /** Of images shrunk to their patches' mean colours, where images are asked about. */
  thumbnail: number | null;
  /** Images or patches asked about; labelled ones, or clusters, to answer with; labels that count. */
  queries: number; bank: number; labels: number;
}

export interface EvaluationReport {
  /** Steps that the teacher had taken: 0 is the untrained network itself. */
  step: number;
  figures: Figure[];
  seconds: number;
}

export interface CostEstimate {
  /** Floating-point operations of one step, multiply and add counted as two. */
  flopsPerStep: number;
  /** Bytes on the GPU: the sum of `memory`. */
  bytes: number;
  memory: Record<MemoryPart, number>;
  /** Bytes of the largest single buffer, which a device binds only up to a limit. */
  largestBuffer: number;
  parameters: number;
}

export type MemoryPart = 'student' | 'teacher' | 'gradients' | 'moments' | 'activations' | 'logits' | 'images';

/** How one matrix product of a run is computed, and why so. */
export interface TunedProduct {
  key: string;
  /** The key in plain words. */
  name: string;
  /** Its share of the multiply-adds of all products. */
  share: number;
  tile: string; splits: number;
  defaultTile: string; defaultSplits: number;
  /** GFLOP/s of what was chosen and of the default; null where it wasn't measured. */
  gflops: number | null; defaultGflops: number | null;
  why: string;
  rejected: { candidate: string; reason: string }[];
}

export interface TuningReport {
  device: string;
  mode: 'tuned' | 'fixed';
  /** Of the run that was prepared last; empty before the first. The costliest first. */
  products: TunedProduct[];
  /** Spent measuring before that run. */
  milliseconds: number;
  /** Why nothing is remembered from one start to the next; empty when it is. */
  forgetful: string;
}

/** A run as it comes back from a checkpoint. */
export interface ResumedRun {
  id: string;
  name: string;
  config: Config;
  /** Of every step up to the checkpoint. */
  reports: StepReport[];
  /** What is to be said of it: another dataset than it began with, an older checkpoint because the newest is damaged. */
  remarks: string[];
}

/** The worker's verbs. Every rejection is an Error whose `name` says its kind. */
export interface TrainerApi {
  device(): Promise<DeviceReport>;
  /** At most ten calls a second, several events each. */
  subscribe(listener: (events: TrainerEvent[]) => void): Promise<void>;
  /**
   * Files come in portions, so that neither side waits for all of them: `beginLoad`, any number of `addFiles`, `endLoad`.
   * Zip archives among them are opened. The dataset is replaced at the end, if any image can be used. A load under way is
   * cancelled by `beginLoad`, `cancelLoad` and `loadSample`; what was asked of it rejects with an AbortError.
   */
  beginLoad(): Promise<void>;
  addFiles(files: SourceFile[]): Promise<void>;
  /** `unreadable` are files that the browser itself refused to open. */
  endLoad(name: string, unreadable: SkippedFile[]): Promise<DatasetSummary>;
  /** All at once: `beginLoad`, `addFiles`, `endLoad`. */
  loadFiles(name: string, files: SourceFile[]): Promise<DatasetSummary>;
  cancelLoad(): Promise<void>;
  /** Of the load before, also where it gave no dataset: up to `count` files of one fate from the `from`-th on, in the order of their paths. */
  fates(fate: FileFate['fate'], from: number, count: number): Promise<FileFate[]>;
  loadSample(count: number, seed: number): Promise<DatasetSummary>;
  thumbnails(indices: number[], size: number): Promise<Thumbnail[]>;
  estimate(config: Config): Promise<CostEstimate>;
  /** Which kernels the run takes, and what was measured. */
  tuning(): Promise<TuningReport>;
  /** Starts a new run from step 0. Resolves when the first step can be taken. Without `keep` it isn't written to this browser's storage. */
  start(config: Config, keep?: boolean): Promise<void>;
  /** The largest micro-batch with which the GPU has room for this configuration, by trying; null where there is none. */
  fittingMicroBatch(config: Config): Promise<number | null>;
  storage(): Promise<StorageReport>;
  /** The runs kept on this machine, the one written last first. */
  runs(): Promise<RunInfo[]>;
  /** Replaces the run in memory by a kept one, paused at its newest checkpoint or at that of `step`. Its images have to be there. */
  resumeRun(id: string, step?: number): Promise<ResumedRun>;
  /** Writes the run in memory now, if it took steps since it was last written. */
  save(): Promise<void>;
  renameRun(id: string, name: string): Promise<void>;
  /** Resolves with the id of the copy. */
  duplicateRun(id: string): Promise<string>;
  removeRun(id: string): Promise<void>;
  /** A run as the bytes of one file: its newest checkpoint. */
  exportRun(id: string): Promise<ArrayBuffer>;
  importRun(file: Blob): Promise<RunInfo>;
  /** The reports of a kept run, up to its newest checkpoint; the run in memory stays what it is. */
  runReports(id: string): Promise<ReportColumns>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** One step, then paused again. */
  singleStep(): Promise<void>;
  stop(): Promise<void>;
  /**
   * From now on views are of the run as it was at its checkpoint of this step, or else the last one before, or else untrained;
   * null is as it is now. All that is looked at with the verbs below follows it.
   */
  lookAt(step: number | null): Promise<void>;
  /**
   * Views of the current run's teacher, or of an untrained network of the last estimated configuration when there is no run.
   * While training they may be some steps old: the pictures are encoded again only so often that it takes a twentieth of the time.
   * A block beyond the last is the last; `query` 0 is the class token, 1 + p is patch p.
   */
  attention(index: number, block: number, query?: number): Promise<AttentionMaps>;
  /** Of a patch of the first of at most six images. */
  similarity(indices: number[], patch: number): Promise<SimilarityMaps>;
  /** Of at most six images. `swapped` takes the other side of the first component for the foreground. */
  components(indices: number[], onlyForeground: boolean, swapped: boolean): Promise<ComponentMaps>;
  /** Of two images; without a second, of two random views of the first, drawn with this seed. */
  matches(from: number, to: number | null, seed: number): Promise<MatchMaps>;
  /**
   * These three go through the whole dataset with the teacher as it is, telling how far by events; null when cancelled.
   * Another call of any of them cancels the one before.
   */
  nearest(index: number, patch: number): Promise<NearestPatches | null>;
  /** The `most` largest patterns with so many spots each. Without `renew` what was looked through last serves, if the run is the same. */
  patterns(kind: PatternKind, most: number, spots: number, renew: boolean): Promise<Patterns | null>;
  map(layout: MapLayout, clusters: number, renew: boolean): Promise<DatasetMap | null>;
  cancelSearch(): Promise<void>;
  /** Among the images of the last map; null where there is none, or where `index` isn't on it and the network has moved on since. */
  similarImages(index: number, count: number): Promise<SimilarImages | null>;
  /** A picture to look at that isn't part of the dataset: it is GUEST from now on. */
  look(path: string, file: Blob): Promise<void>;
  /** The teacher's backbone as the bytes of a safetensors file that timm loads. */
  exportModel(): Promise<ArrayBuffer>;
  /**
   * Measures the device's peak (once) and a step of the current run, between two of its steps and without changing
   * them; without a run, a step of the last estimated configuration on noise.
   */
  profile(): Promise<ProfileReport>;
  /** Weighted 20-nearest-neighbour accuracy (percent) of labelled queries against the dataset's own labels. */
  knn(queries: SourceFile[]): Promise<KnnResult>;
  /**
   * What the teacher knows that it was never told, on held-out images, beside the untrained network and colour alone. It tells how far
   * it is by events and rests while training; null when cancelled, or when the run it is of ends. Another call cancels the one before.
   * Rejects with a StateError that says why where the images have no labels.
   */
  evaluate(): Promise<EvaluationReport | null>;
  cancelEvaluation(): Promise<void>;
}
