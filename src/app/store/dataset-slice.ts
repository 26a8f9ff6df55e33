import type { DatasetSummary, IngestProgress, SkippedFile, SourceFile, Thumbnail } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { isLive } from './run-slice.ts';
import type { Slice } from './store.ts';
import { NO_VIEWS } from './view-slice.ts';

/** Files on their way in: `name` is the folder's, for people; `unreadable` are those that the browser itself refused to open. */
export interface Picked { name: string; files: SourceFile[]; unreadable: SkippedFile[] }
/** Lists the files of a drop or a choice, calling `onFound` with how many there are so far. */
export type ReadFiles = (onFound: (files: number) => void, signal: AbortSignal) => Promise<Picked>;

/** Images drawn for those who have none at hand: few enough to be there in a moment. */
const SAMPLE_IMAGES = 512;
export const THUMBNAILS = 24;
/** Pixels: enough for a 56-pixel cell on a dense screen. */
const THUMBNAIL_SIZE = 96;

export interface DatasetSlice {
  dataset: DatasetSummary | null;
  /** Rises with every dataset, so that a view can tell that its images changed. */
  datasetVersion: number;
  /** While images come in: files found by the page, then the worker's progress. */
  ingest: { found: number; progress: IngestProgress | null } | null;
  thumbnails: Thumbnail[];
  thumbnailPage: number;
  /** Of the image that is looked at; GUEST where it isn't of the dataset. */
  imageIndex: number;

  loadFiles(read: ReadFiles): Promise<void>;
  loadSample(): Promise<void>;
  /** The images of a kept run, where they can be had without asking; others stay as they are. */
  bringImages(wanted: { name: string }): Promise<void>;
  cancelLoad(): void;
  setIngestProgress(progress: IngestProgress): void;
  showThumbnails(page: number): Promise<void>;
  chooseImage(index: number): void;
}

export const createDatasetSlice: Slice<DatasetSlice> = (set, get) => {
  let cancel: AbortController | null = null;

  async function load(bring: (signal: AbortSignal) => Promise<DatasetSummary>): Promise<void> {
    if (isLive(get().runState)) {
      get().addFailure({ name: 'DatasetError', message: 'The run in progress uses the images that are loaded. Stop it, then choose other images.' });
      return;
    }
    if (cancel) {
      get().addFailure({ name: 'DatasetError', message: 'Images are already being read. Cancel that first, then choose others.' });
      return;
    }
    const controller = cancel = new AbortController();
    set({ ingest: { found: 0, progress: null } });
    try {
      const dataset = await bring(controller.signal);
      if (dataset.count === 0) {
        const why = dataset.skipped[0] ? ` The first was ${dataset.skipped[0].path}: ${dataset.skipped[0].reason}` : '';
        get().addFailure({ name: 'DatasetError', message: `None of the ${dataset.files.toLocaleString('en')} files is an image this browser can open.${why}` });
      }
      set(s => ({ dataset, datasetVersion: s.datasetVersion + 1, thumbnails: [], thumbnailPage: 0, imageIndex: 0, ...NO_VIEWS }));
    } catch (error) {
      // A person who cancelled knows it: that rejection is the answer they asked for.
      if (!controller.signal.aborted) get().addFailure(toFailure(error));
    } finally {
      cancel = null;
      set({ ingest: null });
    }
    await get().showThumbnails(get().thumbnailPage);
  }

  return {
    dataset: null, datasetVersion: 0, ingest: null, thumbnails: [], thumbnailPage: 0, imageIndex: 0,

    loadFiles: read => load(async signal => {
      const picked = await read(found => set({ ingest: { found, progress: null } }), signal);
      signal.throwIfAborted();
      if (picked.files.length === 0) {
        throw new Error(`There are no files in ${picked.name ? `"${picked.name}"` : 'what was dropped'}. Choose a folder that has images in it or in its sub-folders.`);
      }
      set({ ingest: { found: picked.files.length, progress: null } });
      const summary = await trainer().loadFiles(picked.name, picked.files);
      const { unreadable } = picked;
      return { ...summary, files: summary.files + unreadable.length, skipped: [...unreadable, ...summary.skipped] };
    }),

    loadSample: () => load(() => trainer().loadSample(SAMPLE_IMAGES, 0)),

    bringImages: async ({ name }) => {
      if (name === `Sample of ${SAMPLE_IMAGES}`) await get().loadSample();
    },

    cancelLoad: () => {
      cancel?.abort();
      trainer().cancelLoad().catch((error: unknown) => get().addFailure(toFailure(error)));
    },

    setIngestProgress: progress => {
      const { ingest } = get();
      if (ingest) set({ ingest: { ...ingest, progress } });
    },

    showThumbnails: async page => {
      const { dataset, datasetVersion } = get();
      if (!dataset || dataset.count === 0) return;
      try {
        const thumbnails = await trainer().thumbnails(spread(dataset.count, page), THUMBNAIL_SIZE);
        if (get().datasetVersion === datasetVersion) set({ thumbnails, thumbnailPage: page });
      } catch (error) {
        get().addFailure(toFailure(error));
      }
    },

    chooseImage: imageIndex => set({ imageIndex }),
  };
};

/** Indices of one page of thumbnails: evenly over the dataset, so that every class shows; each page a different set. */
export function spread(count: number, page: number): number[] {
  const shown = Math.min(THUMBNAILS, count);
  const pages = Math.ceil(count / shown);
  const offset = page % pages;
  const indices = Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown) + offset);
  return [...new Set(indices.map(i => i % count))];
}
