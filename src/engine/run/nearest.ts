/**
 * Looks through the whole dataset for patches like one. In batches, each in a turn of its own between the steps of a run, with
 * a rest after each while it trains. The teacher is copied first, so that all is seen by the same one, and what was encoded
 * is kept as far as there is room: at the same step the next patch is looked for among what is there.
 */
import type { Config } from '#contract/config.ts';
import type { NearestPatches, SeenPicture } from '#contract/trainer.ts';
import { centerView } from '#engine/data/views.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { copy, tensor } from '#engine/gpu/tensor.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { Likeness } from '#engine/insight/likeness.ts';
import { Meter } from '#engine/insight/meter.ts';
import { parameterTensors } from '#engine/model/parameters.ts';
import { type Best, bestOfEach, better, rest } from './best.ts';
import { decodeSizeFor } from './decode-size.ts';
import type { Pictures } from './pictures.ts';
import type { Teacher } from './teacher.ts';
import type { Viewer } from './viewer.ts';
import type { Surroundings } from './views.ts';

const MOST_AT_ONCE = 32;
/** Tokens encoded at once: no buffer of a batch gets near what every device binds. */
const MOST_TOKENS = 8192;
/** Bytes of tokens kept on the GPU. */
const KEPT = 256 << 20;
/** Rest after a batch while a run trains, in times of what the batch took: a tenth of the time is the search's. */
const REST = 9;

/** What is kept from one search to the next, as long as teacher and images are the same. */
interface Bank {
  config: Config; step: number; dataset: Dataset;
  gpu: Gpu; encoder: Encoder; likeness: Likeness;
  /** The teacher as it was. */
  teacher: Tensor;
  batches: (Tensor | null)[]; bytes: number;
  /** Ends the search that uses it. */
  user: AbortController;
}

export class NearestSearch {
  private readonly viewer: Viewer;
  private readonly around: Surroundings;
  private readonly pictures: Pictures;
  private bank: Bank | null = null;
  private running: AbortController | null = null;

  constructor(viewer: Viewer, around: Surroundings, pictures: Pictures) {
    this.viewer = viewer;
    this.around = around;
    this.pictures = pictures;
  }

  cancel(): void {
    this.running?.abort();
  }

  /** Frees what is kept and ends the search that uses it; call it in a turn. */
  free(): void {
    const { bank } = this;
    this.bank = null;
    if (!bank) return;
    bank.user.abort();
    bank.likeness.destroy();
    bank.encoder.destroy();
    for (const t of [bank.teacher, ...bank.batches]) if (t) bank.gpu.release(t.buffer!);
  }

  /** Frees what the next search couldn't use; call it in a turn. */
  tidy({ config, step }: Teacher): void {
    if (this.bank && !this.running && (this.bank.config !== config || this.bank.step !== step)) this.free();
  }

  /** Null when cancelled. Throws NoRoomError where the GPU has no room for a copy of the teacher. */
  async run(index: number, patch: number): Promise<NearestPatches | null> {
    this.cancel();
    const running = this.running = new AbortController();
    try {
      return await this.search(index, patch, running);
    } catch (e) {
      if (running.signal.aborted) return null;
      throw e;
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  private async search(index: number, askedPatch: number, user: AbortController): Promise<NearestPatches> {
    const { signal } = user;
    const turn = <T>(act: () => Promise<T>) => this.viewer.turn(async () => {
      signal.throwIfAborted();
      return act();
    });
    const bank = await turn(() => this.prepare(user));
    const { encoder: { count, grid }, dataset, config } = bank;
    const patch = Math.min(askedPatch, grid ** 2 - 1);
    await turn(async () => {
      await encode(bank, await this.pictures.of(new Array<number>(count).fill(index), decodeSizeFor(config)));
      bank.likeness.take(patch);
    });
    const total = dataset.count;
    let best: Best[] = [];
    for (let first = 0; first < total; first += count) {
      const took = await turn(async () => {
        const meter = new Meter();
        await this.load(bank, first, meter);
        const likeness = await bank.likeness.compare(meter);
        best = better(best, bestOfEach(likeness, first, total, grid ** 2).filter(b => b.index !== index));
        return meter.ms;
      });
      const done = Math.min(total, first + count);
      this.around.send({ type: 'search', done, total });
      if (done < total) await rest(REST * took, signal, () => this.around.session()?.training === true);
    }
    const pictures = await turn(() => this.show(bank, best.map(b => b.index)));
    return {
      step: bank.step, grid, side: config.imageSize, index, patch, images: total,
      found: best.map((b, i) => ({ patch: b.patch, similarity: b.similarity, picture: pictures[i]! })),
    };
  }

  /** Makes the bank, or takes the one there is. */
  private async prepare(user: AbortController): Promise<Bank> {
    const gpu = await this.around.open();
    const dataset = this.pictures.require();
    const { config, step, layout, flat } = await this.viewer.teacher(gpu);
    const { imageSize, patchSize } = config;
    const { bank } = this;
    if (bank && bank.gpu === gpu && bank.config === config && bank.step === step && bank.dataset === dataset) {
      bank.user = user;
      return bank;
    }
    this.free();
    const count = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MOST_TOKENS / (1 + (imageSize / patchSize) ** 2))));
    return this.bank = await gpu.allocating(async account => {
      const teacher = copyOf(account, flat);
      const encoder = await Encoder.create(account, config, parameterTensors(layout, teacher), count);
      return { config, step, dataset, gpu, encoder, likeness: await Likeness.create(account, config, encoder), teacher, batches: [], bytes: 0, user };
    });
  }

  /** Brings the tokens of a batch into the encoder: those kept, or encoded now and kept where there is room. */
  private async load(bank: Bank, first: number, meter: Meter): Promise<void> {
    const { encoder: { count, tokens }, gpu, dataset } = bank;
    const batch = first / count;
    const kept = bank.batches[batch];
    if (kept) return meter.gpu(gpu, () => copy(gpu, kept, tokens));
    const images = await dataset.images(Array.from({ length: count }, (_, i) => Math.min(dataset.count - 1, first + i)));
    await meter.gpu(gpu, () => encode(bank, images));
    const bytes = 4 * tokens.words;
    if (bank.bytes + bytes > KEPT) return;
    const place = await gpu.allocating(async account => copyOf(account, tokens)).catch(() => null);
    bank.batches[batch] = place;
    if (place) bank.bytes += bytes;
  }

  /** Images of the dataset as the network sees them. */
  private async show(bank: Bank, indices: readonly number[]): Promise<SeenPicture[]> {
    const { count } = bank.encoder;
    const pictures: SeenPicture[] = [];
    for (let first = 0; first < indices.length; first += count) {
      const some = indices.slice(first, first + count);
      await encode(bank, await bank.dataset.images(Array.from({ length: count }, (_, i) => some[Math.min(i, some.length - 1)]!)));
      const pixels = await bank.encoder.readPictures(some.length);
      some.forEach((index, i) => pictures.push({ index, path: this.pictures.pathOf(index), pixels: pixels[i]! }));
    }
    return pictures;
  }
}

const encode = ({ encoder }: Bank, images: readonly SourceImage[]): Promise<void> => encoder.run(images, images.map(i => centerView(i.width, i.height)));

function copyOf(gpu: Gpu, t: Tensor): Tensor {
  const made = tensor(gpu, `copy of ${t.label}`, t.words);
  copy(gpu, t, made);
  return made;
}
