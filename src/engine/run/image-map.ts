/** Looks through the whole dataset for the class token of each image, and has a thread of its own make a map of them. */
import { proxy, type Remote, wrap } from 'comlink';
import type { Config } from '#contract/config.ts';
import { type DatasetMap, type MapLayout, MOST_POINTS, type SimilarImages } from '#contract/survey.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import type { MapMaker } from '#engine/insight/map-maker.ts';
import type { Tell } from '#engine/insight/umap-layout.ts';
import { decodeSizeFor } from './decode-size.ts';
import type { Pictures } from './pictures.ts';
import { encode, type Ground, imagesOf, type Walk, type Walker } from './walk.ts';

/** What the map is of. Its images are every `every`-th of the dataset. */
interface Mapped { config: Config; dataset: Dataset; step: number; every: number; points: number }

export class ImageMap {
  private readonly walker: Walker;
  private readonly pictures: Pictures;
  private readonly thread = new MapThread();
  private mapped: Mapped | null = null;

  constructor(walker: Walker, pictures: Pictures) {
    this.walker = walker;
    this.pictures = pictures;
  }

  /** Null when cancelled. Throws NoRoomError where the GPU has no room for a copy of the teacher. */
  run(layout: MapLayout, clusters: number, renew: boolean): Promise<DatasetMap | null> {
    return this.walker.alone(async walk => {
      const ground = await walk.ground({ anyStep: !renew });
      const { config, dataset, gpu } = ground;
      const known = this.mapped;
      const serves = known && known.config === config && known.dataset === dataset && (!renew || known.step === ground.step);
      const { step, every, points } = serves ? known : await this.look(walk, ground);
      const tell: Tell = async (stage, done, total, ms) => {
        walk.signal.throwIfAborted();
        walk.tell(stage, done, total);
        // Where the processor computes in place of a GPU, this thread takes what training needs.
        if (gpu.software) await walk.rest(ms);
      };
      const ask = <T>(what: (maker: Remote<MapMaker>) => Promise<T>) => this.thread.ask(what);
      const plane = layout === 'pca' ? await ask(m => m.principal()) : null;
      const positions = plane?.positions ?? await ask(m => m.umap(proxy(tell)));
      const { labels, typical } = await ask(m => m.clusters(clusters));
      const indexOf = (point: number) => point * every;
      walk.signal.throwIfAborted();
      return {
        step, layout, images: dataset.count, every, positions, explained: plane?.explained ?? null,
        folders: dataset.labels && Int32Array.from({ length: points }, (_, p) => dataset.labels![indexOf(p)]!),
        clusters: labels, clusterCount: clusters, typical: typical.map(rows => rows.map(indexOf)),
      };
    });
  }

  /** See `TrainerApi`. */
  async similar(index: number, count: number): Promise<SimilarImages | null> {
    const { mapped } = this;
    if (!mapped) return null;
    const { every, points, step } = mapped;
    const row = index / every;
    const of = Number.isInteger(row) && row >= 0 && row < points ? row : await this.feature(mapped, index);
    if (of === null) return null;
    const found = await this.thread.ask(m => m.nearest(of, count));
    return { step, index, images: points, found: found.map(({ row, cosine }) => ({ index: row * every, cosine })) };
  }

  private async look(walk: Walk, ground: Ground): Promise<Mapped> {
    const { config, dataset, step, gpu, encoder } = ground;
    const c = config.embedDim;
    const every = Math.ceil(dataset.count / MOST_POINTS);
    const points = Math.ceil(dataset.count / every);
    const features = new Float32Array(points * c);
    await walk.through(ground, points, async (first, meter) => {
      const images = await imagesOf(ground, first, points, point => point * every);
      await meter.gpu(gpu, () => encode(ground, images));
      const both = await encoder.readFeatures();
      for (let i = 0; i < Math.min(encoder.count, points - first); i++) features.set(both.subarray(2 * i * c, (2 * i + 1) * c), (first + i) * c);
    }, 'images');
    const before = this.mapped;
    const again = before !== null && before.dataset === dataset && before.config.embedDim === c;
    await this.thread.ask(m => m.load(features, c, again));
    return this.mapped = { config, dataset, step, every, points };
  }

  /** The class token of an image that isn't on the map, by the teacher of the map; null where that is gone. */
  private feature({ step, config }: Mapped, index: number): Promise<Float32Array | null> {
    return this.walker.glance(async ground => {
      if (ground?.step !== step || ground.config !== config) return null;
      await encode(ground, await this.pictures.of(new Array<number>(ground.encoder.count).fill(index), decodeSizeFor(config)));
      return (await ground.encoder.readFeatures()).slice(0, config.embedDim);
    });
  }
}

/** The thread, begun when it is first asked. */
class MapThread {
  private maker: Remote<MapMaker> | null = null;
  private broken: Promise<never> | null = null;

  ask<T>(what: (maker: Remote<MapMaker>) => Promise<T>): Promise<T> {
    this.maker ??= this.open();
    return Promise.race([what(this.maker), this.broken!]);
  }

  private open(): Remote<MapMaker> {
    const worker = new Worker(new URL('../map-worker.ts', import.meta.url), { type: 'module', name: 'glimpse map' });
    this.broken = new Promise((_, reject) => {
      worker.addEventListener('error', event => {
        event.preventDefault();
        this.maker = null;
        reject(new Error(`The part of the page that makes maps stopped working. ${event.message || 'Reload the page to try again.'}`));
      });
    });
    this.broken.catch(() => {}); // whoever asks hears of it
    return wrap<MapMaker>(worker);
  }
}
