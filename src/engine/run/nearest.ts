/**
 * Looks through the whole dataset for patches like one. What was encoded is kept as far as there is room: at the same step the
 * next patch is looked for among what is there.
 */
import type { NearestPatches } from '#contract/trainer.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { copy, copyOf } from '#engine/gpu/tensor.ts';
import { Likeness } from '#engine/insight/likeness.ts';
import type { Meter } from '#engine/insight/meter.ts';
import { type Best, bestOfEach, better } from './best.ts';
import { decodeSizeFor } from './decode-size.ts';
import type { Pictures } from './pictures.ts';
import { encode, type Ground, imagesOf, picturesOf, type Walk, type Walker } from './walk.ts';

/** Bytes of tokens kept on the GPU. */
const KEPT = 256 << 20;

/** The tokens of batches, by their number. */
class TokenBank {
  private readonly gpu: Gpu;
  private readonly batches: (Tensor | null)[] = [];
  private bytes = 0;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  at(batch: number): Tensor | null {
    return this.batches[batch] ?? null;
  }

  /** Keeps a copy where there is room. */
  async keep(batch: number, tokens: Tensor): Promise<void> {
    const bytes = 4 * tokens.words;
    if (this.bytes + bytes > KEPT) return;
    const place = await this.gpu.allocating(async account => copyOf(account, tokens)).catch(() => null);
    this.batches[batch] = place;
    if (place) this.bytes += bytes;
  }

  destroy(): void {
    for (const t of this.batches) if (t) this.gpu.release(t.buffer!);
  }
}

export class NearestSearch {
  private readonly walker: Walker;
  private readonly pictures: Pictures;
  private readonly likenesses = new WeakMap<Ground, Likeness>();
  private readonly banks = new WeakMap<Ground, TokenBank>();

  constructor(walker: Walker, pictures: Pictures) {
    this.walker = walker;
    this.pictures = pictures;
  }

  /** Null when cancelled. Throws NoRoomError where the GPU has no room for a copy of the teacher. */
  run(index: number, patch: number): Promise<NearestPatches | null> {
    return this.walker.alone(walk => this.search(walk, index, patch));
  }

  private async search(walk: Walk, index: number, askedPatch: number): Promise<NearestPatches> {
    const ground = await walk.ground();
    const { encoder: { count, grid }, dataset, config } = ground;
    const likeness = await walk.once(ground, this.likenesses, account => Likeness.create(account, config, ground.encoder));
    const bank = await walk.once(ground, this.banks, async () => new TokenBank(ground.gpu));
    const patch = Math.min(askedPatch, grid ** 2 - 1);
    await walk.turn(async () => {
      await encode(ground, await this.pictures.of(new Array<number>(count).fill(index), decodeSizeFor(config)));
      likeness.take(patch);
    });
    const total = dataset.count;
    let best: Best[] = [];
    await walk.through(ground, total, async (first, meter) => {
      await load(ground, bank, first, meter);
      best = better(best, bestOfEach(await likeness.compare(meter), first, total, grid ** 2).filter(b => b.index !== index));
    }, 'images');
    const pixels: Uint8ClampedArray[] = [];
    const indices = best.map(b => b.index);
    await walk.through(ground, indices.length, async first => { pixels.push(...await picturesOf(ground, indices, first)); });
    return {
      step: ground.step, grid, side: config.imageSize, index, patch, images: total,
      found: best.map((b, i) => ({ patch: b.patch, similarity: b.similarity, picture: { index: b.index, path: this.pictures.pathOf(b.index), pixels: pixels[i]! } })),
    };
  }
}

/** Brings the tokens of a batch into the encoder: those kept, or encoded now and kept where there is room. */
async function load(ground: Ground, bank: TokenBank, first: number, meter: Meter): Promise<void> {
  const { encoder: { count, tokens }, gpu, dataset } = ground;
  const batch = first / count;
  const kept = bank.at(batch);
  if (kept) return meter.gpu(gpu, () => copy(gpu, kept, tokens));
  const images = await imagesOf(ground, first, dataset.count);
  await meter.gpu(gpu, () => encode(ground, images));
  await bank.keep(batch, tokens);
}
