/** Looks through the whole dataset for the patterns that prototypes stand for. */
import type { Config } from '#contract/config.ts';
import { MOST_SPOTS, type PatternKind, type Patterns, type PatternSpot } from '#contract/survey.ts';
import { around } from '#lib/around.ts';
import { PatternReader } from '#engine/insight/pattern-reader.ts';
import { type Owner, PatternTally, type Spot } from '#engine/insight/pattern-tally.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import type { Pictures } from './pictures.ts';
import { encode, type Ground, imagesOf, picturesOf, type Walk, type Walker } from './walk.ts';

/** What a walk found, for patches and for whole images. */
interface Found { config: Config; dataset: Dataset; step: number; tallies: Record<PatternKind, PatternTally> }

export class PatternSearch {
  private readonly walker: Walker;
  private readonly pictures: Pictures;
  private readonly readers = new WeakMap<Ground, PatternReader>();
  private found: Found | null = null;

  constructor(walker: Walker, pictures: Pictures) {
    this.walker = walker;
    this.pictures = pictures;
  }

  /** Null when cancelled. Throws NoRoomError where the GPU has no room for a copy of the teacher and its head. */
  run(kind: PatternKind, most: number, spots: number, renew: boolean): Promise<Patterns | null> {
    return this.walker.alone(async walk => {
      const ground = await walk.ground({ anyStep: !renew });
      const { config, dataset, encoder: { grid } } = ground;
      const known = this.found;
      const serves = known && known.config === config && known.dataset === dataset && (!renew || known.step === ground.step);
      const found = serves ? known : this.found = await this.look(walk, ground);
      const tally = found.tallies[kind];
      const largest = tally.largest(most).map(o => ({ ...o, best: o.best.slice(0, spots) }));
      const shown = await this.show(walk, ground, kind, largest);
      return {
        step: found.step, kind, grid, images: dataset.count, tokens: tally.tokens, used: tally.used, prototypes: config.prototypes,
        patterns: largest.map(({ prototype, count, images, best }) => ({ prototype, count, images, spots: best.map(spot => shown.get(spot)!) })),
      };
    });
  }

  private async look(walk: Walk, ground: Ground): Promise<Found> {
    const { config, dataset, step, gpu, encoder } = ground;
    const reader = await walk.once(ground, this.readers, account => PatternReader.create(account, config, ground.teacher, encoder));
    const tallies = { patch: new PatternTally(config.prototypes, MOST_SPOTS), class: new PatternTally(config.prototypes, MOST_SPOTS) };
    await walk.through(ground, dataset.count, async (first, meter) => {
      const images = await imagesOf(ground, first, dataset.count);
      await meter.gpu(gpu, () => encode(ground, images));
      const { prototypes, logits } = await reader.read(meter);
      meter.cpu(() => {
        for (let i = 0; i < Math.min(encoder.count, dataset.count - first); i++) {
          const [at, end] = [i * encoder.length, (i + 1) * encoder.length];
          tallies.class.add(first + i, prototypes.subarray(at, at + 1), logits.subarray(at, at + 1));
          tallies.patch.add(first + i, prototypes.subarray(at + 1, end), logits.subarray(at + 1, end));
        }
      });
    }, 'images');
    return { config, dataset, step, tallies };
  }

  private async show(walk: Walk, ground: Ground, kind: PatternKind, owners: readonly Owner[]): Promise<Map<Spot, PatternSpot>> {
    const { gpu, config: { imageSize }, encoder: { grid } } = ground;
    const spots = owners.flatMap(o => o.best);
    const indices = [...new Set(spots.map(s => s.image))];
    const byImage = Map.groupBy(spots, s => s.image);
    const shown = new Map<Spot, PatternSpot>();
    await walk.through(ground, indices.length, async (first, meter) => {
      let pictures: Uint8ClampedArray[] = [];
      await meter.gpu(gpu, async () => { pictures = await picturesOf(ground, indices, first); });
      pictures.forEach((pixels, i) => {
        const index = indices[first + i]!;
        for (const spot of byImage.get(index)!) {
          const cut = kind === 'patch' ? around(pixels, imageSize, grid, spot.token) : { pixels: pixels.slice(), side: imageSize };
          shown.set(spot, { index, path: this.pictures.pathOf(index), patch: kind === 'patch' ? spot.token : null, logit: spot.logit, ...cut });
        }
      });
    });
    return shown;
  }
}
