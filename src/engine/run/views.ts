/** The verbs that show what the teacher has learned. */
import type { Config } from '#contract/config.ts';
import { type DatasetMap, type MapLayout, MOST_PATTERNS, MOST_SPOTS, type PatternKind, type Patterns, type SimilarImages } from '#contract/survey.ts';
import { type AttentionMaps, type ComponentMaps, type MatchMaps, type NearestPatches, type PatchMatch, type SeenPicture, type SimilarityMaps, type TrainerEvent, VIEW_REST } from '#contract/trainer.ts';
import { Rng } from '#lib/rng.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { centerView, drawViews, type Size, type ViewParams } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Meter } from '#engine/insight/meter.ts';
import { decodeSizeFor } from './decode-size.ts';
import { samePlaces, touches } from './geometry.ts';
import { ImageMap } from './image-map.ts';
import { NearestSearch } from './nearest.ts';
import { PatternSearch } from './pattern-search.ts';
import { Pictures } from './pictures.ts';
import type { Session } from './session.ts';
import type { Lens, Viewer } from './viewer.ts';
import { Walker } from './walk.ts';

/** What the service has, as it is now. */
export interface Surroundings {
  open(): Promise<Gpu>;
  session(): Session | null;
  /** Configuration asked about last. */
  draft(): Config;
  dataset(): Dataset | null;
  send(event: TrainerEvent): void;
}

/** Images beside each other in the views of likeness and components. */
const SIDE_BY_SIDE = 6;
/** Matches shown, as in iBOT's visualize_correspondence.py; its views cover this share of the image. */
const MATCHES = 12;
const MATCHED_SCALE: [number, number] = [0.4, 1];

/** What an encoder has encoded last. */
interface Sight { lens: Lens; config: Config; identity: readonly unknown[]; step: number; at: number; meter: Meter; recipes: ViewParams[]; pictures: SeenPicture[] }

export class Views {
  private readonly viewer: Viewer;
  private readonly around: Surroundings;
  private readonly pictures: Pictures;
  private readonly sights = new WeakMap<Lens, Sight>();
  private readonly walker: Walker;
  private readonly search: NearestSearch;
  private readonly prototypes: PatternSearch;
  private readonly images: ImageMap;

  constructor(viewer: Viewer, around: Surroundings) {
    this.viewer = viewer;
    this.around = around;
    this.pictures = new Pictures(() => around.dataset());
    this.walker = new Walker(viewer, around, this.pictures);
    this.search = new NearestSearch(this.walker, this.pictures);
    this.prototypes = new PatternSearch(this.walker, this.pictures);
    this.images = new ImageMap(this.walker, this.pictures);
    viewer.onFree.add(() => this.walker.free());
  }

  look(path: string, file: Blob): Promise<void> {
    return this.pictures.look(path, file, this.guestSize());
  }

  attention(index: number, askedBlock: number, askedQuery = 0): Promise<AttentionMaps> {
    return this.see(1, [index], async ({ lens: { encoder }, config, pictures }) => {
      const block = Math.max(0, Math.min(config.depth - 1, Math.trunc(askedBlock) || 0));
      const query = 1 + within(askedQuery - 1, -1, encoder.grid ** 2 - 1);
      const { maps, mass } = await encoder.readAttention(block, query);
      return { index, block, heads: config.numHeads, query, maps, mass, pixels: pictures[0]!.pixels };
    });
  }

  similarity(indices: number[], asked: number): Promise<SimilarityMaps> {
    return this.see(SIDE_BY_SIDE, indices, async ({ lens: { encoder, patches }, pictures }) => {
      const patch = within(asked, 0, encoder.grid ** 2 - 1);
      return { patch, pictures, similarity: await patches.similarity(patch, pictures.length) };
    });
  }

  components(indices: number[], onlyForeground: boolean, swapped: boolean): Promise<ComponentMaps> {
    return this.see(SIDE_BY_SIDE, indices, async ({ lens: { patches }, pictures, meter }) =>
      ({ pictures, ...await patches.components(meter, pictures.length, { onlyForeground, swapped }) }));
  }

  matches(from: number, to: number | null, seed: number): Promise<MatchMaps> {
    const views = (config: Config, [image]: readonly Size[]) => {
      const own = drawViews(new Rng(seed, 6), { ...config, globalScale: MATCHED_SCALE, localViews: 0 }, [image!])[0]!;
      return [own[0]!, own[1]!];
    };
    return this.see(2, [from, to ?? from], async sight => {
      const { lens: { encoder, patches }, config, pictures, recipes } = sight;
      const { grid } = encoder;
      const { maps } = await encoder.readAttention(config.depth - 1);
      const found = await patches.matches();
      const places = to === null ? samePlaces(recipes[0]!, recipes[1]!, grid) : null;
      const all = found.map(({ patch, similarity }, p): PatchMatch => {
        let attention = 0;
        for (let h = 0; h < config.numHeads; h++) attention += maps[h * grid ** 2 + p]! / config.numHeads;
        return { from: p, to: patch, similarity, attention, expected: places?.[p] ?? null };
      });
      const shown = places ? all.filter(m => m.expected !== null) : all;
      return {
        pictures: [pictures[0]!, pictures[1]!],
        matches: shown.toSorted((a, b) => b.attention - a.attention).slice(0, MATCHES),
        accuracy: places && {
          shown: shown.length, right: shown.filter(m => m.to === m.expected).length, near: shown.filter(m => touches(m.to, m.expected!, grid)).length,
        },
      };
    }, to === null ? { draw: views, seed } : null);
  }

  nearest(index: number, patch: number): Promise<NearestPatches | null> {
    return this.search.run(index, patch);
  }

  patterns(kind: PatternKind, most: number, spots: number, renew: boolean): Promise<Patterns | null> {
    return this.prototypes.run(kind, Math.min(most, MOST_PATTERNS), Math.min(spots, MOST_SPOTS), renew);
  }

  map(layout: MapLayout, clusters: number, renew: boolean): Promise<DatasetMap | null> {
    return this.images.run(layout, clusters, renew);
  }

  similarImages(index: number, count: number): Promise<SimilarImages | null> {
    return this.images.similar(index, count);
  }

  cancelSearch(): void {
    this.walker.cancel();
  }

  private guestSize(): number {
    return decodeSizeFor(this.around.session()?.config ?? this.around.draft());
  }

  /**
   * Lets `use` read of up to `count` pictures: encoded now, or before where these are the same and the teacher is not another
   * one; while it trains it is looked through again only after twenty times what that costs.
   */
  private see<T extends object>(
    count: number, indices: readonly number[], use: (sight: Sight) => Promise<T>,
    views: { draw: (config: Config, images: readonly Size[]) => ViewParams[]; seed: number } | null = null,
  ): Promise<T & { step: number; grid: number; side: number; costMs: number }> {
    return this.viewer.turn(async () => {
      const gpu = await this.around.open();
      const meter = new Meter();
      const teacher = await this.viewer.teacher(gpu, meter);
      const { config, step } = teacher;
      const lens = await this.viewer.lens(gpu, teacher, count);
      this.walker.tidy(teacher);
      const shown = indices.slice(0, count);
      const identity = [...this.pictures.identity(shown), views ? views.seed : null];
      let sight = this.sights.get(lens);
      const same = sight && sight.identity.length === identity.length && sight.identity.every((x, i) => x === identity[i]);
      const rests = () => teacher.training && performance.now() - sight!.at < VIEW_REST * sight!.meter.ms;
      if (!sight || !same || (sight.step !== step && !rests())) {
        // Places that are left over are filled with the last picture.
        const images = await this.pictures.of(Array.from({ length: count }, (_, i) => shown[Math.min(i, shown.length - 1)]!), decodeSizeFor(config));
        const recipes = views ? views.draw(config, images) : images.map(i => centerView(i.width, i.height));
        await meter.gpu(gpu, () => lens.encoder.run(images, recipes));
        const pixels = await lens.encoder.readPictures(shown.length);
        const pictures = shown.map((index, i) => ({ index, path: this.pictures.pathOf(index), pixels: pixels[i]! }));
        sight = { lens, config, identity, step, at: 0, meter, recipes, pictures };
        this.sights.set(lens, sight);
      }
      const answer = await use(sight);
      sight.at ||= performance.now();
      return { ...answer, step: sight.step, grid: lens.encoder.grid, side: config.imageSize, costMs: sight.meter.ms };
    });
  }
}

const within = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.trunc(n) || 0));
