/** Datasets on their way in: one load at a time, in portions, and what is told of it meanwhile. */
import type { FileFate, SkippedFile, SourceFile, TrainerEvent } from '#contract/trainer.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import { Ingest } from '#engine/data/ingest.ts';
import { sampleDataset } from '#engine/data/sample.ts';
import { thumbnail } from './thumbnail.ts';

/** Shorter side of images decoded before a configuration asks for another. */
const FIRST_DECODE = 192;
const SAMPLE_SIZE = 96;
/** Images shown while the others are read, and their size, px. */
const PREVIEWS = 24;
const PREVIEW_SIZE = 96;

export class Loader {
  private readonly send: (event: TrainerEvent) => void;
  private controller: AbortController | null = null;
  private ingest: Ingest | null = null;

  constructor(send: (event: TrainerEvent) => void) {
    this.send = send;
  }

  begin(): void {
    const { signal } = this.replace();
    let shown = 0;
    const onImage = (path: string, image: SourceImage) => {
      if (shown < PREVIEWS) this.send({ type: 'preview', thumbnail: { index: shown++, path, ...thumbnail(image, PREVIEW_SIZE) } });
    };
    this.ingest = new Ingest({ decodeSize: FIRST_DECODE, signal, onImage, onProgress: progress => this.send({ type: 'ingest', progress }) });
  }

  /** Throws an AbortError when the load was cancelled. */
  add(files: SourceFile[]): void {
    this.current().add(files);
  }

  async end(name: string, unreadable: SkippedFile[]): Promise<Dataset> {
    const ingest = this.current();
    const { controller } = this;
    try {
      return await ingest.finish(name, unreadable);
    } finally {
      if (this.controller === controller) this.controller = null;
    }
  }

  sample(count: number, seed: number): Promise<Dataset> {
    const { signal } = this.replace();
    this.ingest = null;
    return sampleDataset(count, seed, SAMPLE_SIZE, { signal, onProgress: progress => this.send({ type: 'ingest', progress }) });
  }

  cancel(): void {
    this.controller?.abort();
  }

  fates(fate: FileFate['fate'], from: number, count: number): FileFate[] {
    return this.ingest?.fates(fate, from, count) ?? [];
  }

  private current(): Ingest {
    if (!this.ingest) throw new DOMException('The load was replaced by another.', 'AbortError');
    return this.ingest;
  }

  private replace(): AbortController {
    this.controller?.abort();
    this.controller = new AbortController();
    return this.controller;
  }
}
