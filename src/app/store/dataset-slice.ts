import { SKIPPED_SHOWN } from '#contract/trainer.ts';
import type { DatasetSummary, IngestProgress, SkippedFile, SourceFile, Thumbnail } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { knownFolders, rememberFolder, type KnownFolder } from './folders.ts';
import { isLive } from './run-slice.ts';
import type { Slice } from './store.ts';
import { NO_VIEWS } from './view-slice.ts';

/** Where files go as they are found, in portions; resolves when the next may come, rejects when the load was cancelled. */
export interface FileSink { add: (files: SourceFile[]) => Promise<void>; signal: AbortSignal }
/** Files that came in: `name` is the folder's, for people; `unreadable` are those that the browser itself refused to open. */
export interface Picked { name: string; unreadable: SkippedFile[]; handle?: FileSystemDirectoryHandle | undefined }
/** Reads a drop or a choice to its end. */
export type ReadFiles = (sink: FileSink) => Promise<Picked>;

/** While images come in: files found by the page, then the worker's progress and its first images. */
export interface IngestState { found: number; progress: IngestProgress | null; previews: Thumbnail[] }

/** Images drawn for those who have none at hand: few enough to be there in a moment. */
const SAMPLE_IMAGES = 512;

export const isSample = (name: string | undefined): boolean => name === `Sample of ${SAMPLE_IMAGES}`;
export const THUMBNAILS = 24;
/** Pixels: enough for a 56-pixel cell on a dense screen. */
const THUMBNAIL_SIZE = 96;
/** Rows asked for at once, and folders offered. */
const PAGE = 5000;
const OFFERED = 3;

export interface DatasetSlice {
  dataset: DatasetSummary | null;
  /** Rises with every dataset, so that a view can tell that its images changed. */
  datasetVersion: number;
  /** How the folder that was read again differs from what it was; empty when it doesn't. */
  folderChange: string;
  ingest: IngestState | null;
  thumbnails: Thumbnail[];
  thumbnailPage: number;
  /** Of the image that is looked at; GUEST where it isn't of the dataset. */
  imageIndex: number;
  /** Images that could be read once and can't any more. */
  lost: SkippedFile[];
  /** Folders of earlier visits, the newest first. */
  folders: KnownFolder[];

  /** `before` is what the folder was when it was read last. */
  loadFiles(read: ReadFiles, before?: KnownFolder): Promise<void>;
  loadSample(): Promise<void>;
  /** The images of a kept run, where they can be had without asking; others stay as they are. */
  bringImages(wanted: { name: string }): Promise<void>;
  /** What is loaded, to a worker that knows nothing of it. */
  bringAgain(): Promise<void>;
  cancelLoad(): void;
  setIngestProgress(progress: IngestProgress): void;
  addPreview(thumbnail: Thumbnail): void;
  addLost(file: SkippedFile): void;
  findFolders(): Promise<void>;
  /** All of them: the summary lists only the first. */
  allSkipped(): Promise<SkippedFile[]>;
  showThumbnails(page: number): Promise<void>;
  chooseImage(index: number): void;
}

interface Brought { name: string; files: readonly SourceFile[]; unreadable: SkippedFile[] }

/** Files of a message to the worker. */
const PORTION = 500;

const replay = ({ name, files, unreadable }: Brought): ReadFiles => async ({ add }) => {
  for (let from = 0; from < files.length; from += PORTION) await add(files.slice(from, from + PORTION));
  return { name, unreadable };
};

export const createDatasetSlice: Slice<DatasetSlice> = (set, get) => {
  let cancel: AbortController | null = null;
  let brought: Brought | 'sample' | null = null;

  async function load(bring: (signal: AbortSignal) => Promise<DatasetSummary>): Promise<DatasetSummary | null> {
    if (isLive(get().runState)) {
      get().addFailure({ name: 'DatasetError', message: 'The run in progress uses the images that are loaded. Stop it, then choose other images.' });
      return null;
    }
    if (cancel) {
      get().addFailure({ name: 'DatasetError', message: 'Images are already being read. Cancel that first, then choose others.' });
      return null;
    }
    const controller = cancel = new AbortController();
    set({ ingest: { found: 0, progress: null, previews: [] } });
    let dataset: DatasetSummary | null = null;
    try {
      dataset = await bring(controller.signal);
      set(s => ({ dataset, datasetVersion: s.datasetVersion + 1, folderChange: '', lost: [], thumbnails: [], thumbnailPage: 0, imageIndex: 0, ...NO_VIEWS }));
    } catch (error) {
      // A person who cancelled knows it: that rejection is the answer they asked for.
      if (!controller.signal.aborted) {
        get().addFailure(toFailure(error));
        // What went wrong on this side leaves nothing half read on the other.
        trainer().cancelLoad().catch(() => {});
      }
    } finally {
      cancel = null;
      set({ ingest: null });
    }
    await get().showThumbnails(get().thumbnailPage);
    return dataset;
  }

  async function remember(dataset: DatasetSummary, handle: FileSystemDirectoryHandle | undefined): Promise<void> {
    if (!handle) return;
    try {
      await rememberFolder({ hash: dataset.hash, name: dataset.name, count: dataset.count, added: Date.now(), handle });
    } catch {
      // A browser that keeps nothing offers nothing the next time: the images are there all the same.
    }
  }

  return {
    dataset: null, datasetVersion: 0, folderChange: '', ingest: null, thumbnails: [], thumbnailPage: 0, imageIndex: 0, lost: [], folders: [],

    loadFiles: async (read, before) => {
      const dataset = await load(async signal => {
        await trainer().beginLoad();
        const files: SourceFile[] = [];
        let found = 0;
        const add = async (portion: SourceFile[]) => {
          signal.throwIfAborted();
          found += portion.length;
          set(s => (s.ingest ? { ingest: { ...s.ingest, found } } : {}));
          for (const file of portion) files.push(file);
          await trainer().addFiles(portion);
        };
        const picked = await read({ add, signal });
        signal.throwIfAborted();
        if (found === 0 && picked.unreadable.length === 0) {
          throw new Error(`There are no files in ${picked.name ? `"${picked.name}"` : 'what was dropped'}. Choose a folder that has images in it or in its sub-folders.`);
        }
        const summary = await trainer().endLoad(picked.name || (found === 1 ? '1 file' : `${found.toLocaleString('en')} files`), picked.unreadable);
        await remember(summary, picked.handle);
        brought = { name: summary.name, files, unreadable: picked.unreadable };
        return summary;
      });
      if (dataset && before && before.hash !== dataset.hash) {
        const counts = before.count === dataset.count ? 'as many images, but not the same' : `${before.count.toLocaleString('en')} images then`;
        set({ folderChange: `"${before.name}" has changed since it was read last: ${counts}. A run that was made with it goes on with other images.` });
      }
    },

    loadSample: async () => {
      if (await load(() => trainer().loadSample(SAMPLE_IMAGES, 0))) brought = 'sample';
    },

    bringAgain: async () => {
      if (brought === 'sample') await get().loadSample();
      else if (brought) await get().loadFiles(replay(brought));
    },

    bringImages: async ({ name }) => {
      if (isSample(name)) await get().loadSample();
    },

    cancelLoad: () => {
      cancel?.abort();
      trainer().cancelLoad().catch((error: unknown) => get().addFailure(toFailure(error)));
    },

    setIngestProgress: progress => {
      const { ingest } = get();
      if (ingest) set({ ingest: { ...ingest, progress } });
    },

    addPreview: thumbnail => set(s => (s.ingest ? { ingest: { ...s.ingest, previews: [...s.ingest.previews, thumbnail] } } : {})),

    addLost: file => {
      set(s => ({ lost: [...s.lost, file] }));
      get().addFailure({ name: 'ImageReadError', message: 'An image can\'t be read any more: it was moved, changed or deleted. Another stands in for it; the list of files that aren\'t used says which.' });
    },

    findFolders: async () => {
      try {
        set({ folders: (await knownFolders()).slice(0, OFFERED) });
      } catch {
        // Without a database there are none to offer.
      }
    },

    allSkipped: async () => {
      const { dataset, lost } = get();
      if (!dataset) return lost;
      if (dataset.skippedCount <= SKIPPED_SHOWN) return [...lost, ...dataset.skipped];
      const all = [...lost];
      try {
        for (let from = 0; from < dataset.skippedCount; from += PAGE) {
          for (const file of await trainer().fates('skipped', from, PAGE)) if (file.fate === 'skipped') all.push({ path: file.path, reason: file.reason });
        }
      } catch (error) {
        get().addFailure(toFailure(error));
      }
      return all;
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
