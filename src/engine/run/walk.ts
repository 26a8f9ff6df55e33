/**
 * Goes through the whole dataset: in batches, each in a turn of its own between the steps of a run, with a rest after each while
 * it trains. The teacher is copied first, so that all is seen by the same one. One walk at a time.
 */
import type { Config } from '#contract/config.ts';
import type { SearchStage } from '#contract/trainer.ts';
import { centerView } from '#engine/data/views.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { copyOf } from '#engine/gpu/tensor.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { Meter } from '#engine/insight/meter.ts';
import { parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';
import { batchOf } from './batch.ts';
import { rest } from './best.ts';
import type { Pictures } from './pictures.ts';
import { PASS_REST } from './rest.ts';
import type { Teacher } from './teacher.ts';
import type { Viewer } from './viewer.ts';
import type { Surroundings } from './views.ts';


/** Milliseconds of preparing that count for a rest: the first time kernels are compiled, which takes long but little of the device. */
const PREPARED = 150;

/** What a walk looks through, the same for later ones as long as teacher and images are the same. */
export interface Ground {
  readonly config: Config; readonly step: number; readonly dataset: Dataset;
  readonly gpu: Gpu; readonly encoder: Encoder; readonly teacher: Named;
  /** Freed with it. */
  readonly owned: { destroy(): void }[];
}

export class Walker {
  private readonly viewer: Viewer;
  private readonly around: Surroundings;
  private readonly pictures: Pictures;
  /** With what ends the walk that uses it. */
  private held: { ground: Ground; user: AbortController } | null = null;
  private running: AbortController | null = null;

  constructor(viewer: Viewer, around: Surroundings, pictures: Pictures) {
    this.viewer = viewer;
    this.around = around;
    this.pictures = pictures;
  }

  cancel(): void {
    this.running?.abort();
  }

  /** Frees what is kept and ends the walk that uses it; call it in a turn. */
  free(): void {
    this.held?.user.abort();
    this.drop();
  }

  /** Frees what the next walk couldn't use; call it in a turn. */
  tidy({ config, step }: Teacher): void {
    const ground = this.held?.ground;
    if (ground && !this.running && (ground.config !== config || ground.step !== step)) this.drop();
  }

  /** Cancels the walk under way and begins this one; null when it is cancelled itself. */
  async alone<T>(act: (walk: Walk) => Promise<T>): Promise<T | null> {
    this.cancel();
    const running = this.running = new AbortController();
    try {
      return await act(new Walk(this, this.around, this.viewer, running));
    } catch (e) {
      if (running.signal.aborted) return null;
      throw e;
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  /** The ground there is, or one made now in so many milliseconds. `anyStep` takes one of another step as well. Call it in a turn. Throws NoRoomError. */
  async prepare(user: AbortController, anyStep: boolean): Promise<{ ground: Ground; made: number | null }> {
    const gpu = await this.around.open();
    const dataset = this.pictures.require();
    const { config, step, layout, flat } = await this.viewer.teacher(gpu);
    const known = this.held?.ground;
    if (known && known.gpu === gpu && known.config === config && known.dataset === dataset && (anyStep || known.step === step)) {
      this.held = { ground: known, user };
      return { ground: known, made: null };
    }
    this.drop();
    const begun = performance.now();
    const ground = await gpu.allocating(async account => {
      const own = copyOf(account, flat);
      const teacher = parameterTensors(layout, own);
      const encoder = await Encoder.create(account, config, teacher, batchOf(config));
      const memory = { destroy: () => { gpu.release(own.buffer!); } };
      return { config, step, dataset, gpu, encoder, teacher, owned: [encoder, memory] };
    });
    this.held = { ground, user };
    return { ground, made: performance.now() - begun };
  }

  /** Uses the ground there is, in a turn. */
  glance<T>(use: (ground: Ground | null) => Promise<T>): Promise<T> {
    return this.viewer.turn(() => use(this.held?.ground ?? null));
  }

  private drop(): void {
    for (const owned of this.held?.ground.owned ?? []) owned.destroy();
    this.held = null;
  }
}

/** One walk under way. */
export class Walk {
  readonly signal: AbortSignal;
  private readonly walker: Walker;
  private readonly around: Surroundings;
  private readonly viewer: Viewer;
  private readonly user: AbortController;

  constructor(walker: Walker, around: Surroundings, viewer: Viewer, user: AbortController) {
    this.walker = walker;
    this.around = around;
    this.viewer = viewer;
    this.user = user;
    this.signal = user.signal;
  }

  turn<T>(act: () => Promise<T>): Promise<T> {
    return this.viewer.turn(async () => {
      this.signal.throwIfAborted();
      return act();
    });
  }

  /** What is kept, or made now, after which a run that trains has its rest. */
  async ground({ anyStep = false } = {}): Promise<Ground> {
    const { ground, made } = await this.turn(() => this.walker.prepare(this.user, anyStep));
    if (made !== null) await this.rest(Math.min(made, PREPARED));
    return ground;
  }

  /** What is made once for a ground and freed with it. */
  async once<T extends { destroy(): void }>(ground: Ground, known: WeakMap<Ground, T>, make: (account: Gpu) => Promise<T>): Promise<T> {
    const found = known.get(ground);
    if (found) return found;
    const { made, took } = await this.turn(async () => {
      const begun = performance.now();
      const made = await ground.gpu.allocating(make);
      known.set(ground, made);
      ground.owned.push(made);
      return { made, took: performance.now() - begun };
    });
    await this.rest(Math.min(took, PREPARED));
    return made;
  }

  /** Looks at `total` things, as many at a time as the encoder takes, from `first` on. Tells how far it is where `told`. */
  async through(ground: Ground, total: number, look: (first: number, meter: Meter) => Promise<void>, told: SearchStage | null = null): Promise<void> {
    const { count } = ground.encoder;
    for (let first = 0; first < total; first += count) {
      const took = await this.turn(async () => {
        const meter = new Meter();
        await look(first, meter);
        return meter.ms;
      });
      const done = Math.min(total, first + count);
      if (told) this.tell(told, done, total);
      if (done < total) await this.rest(took);
    }
  }

  tell(stage: SearchStage, done: number, total: number): void {
    this.around.send({ type: 'search', stage, done, total });
  }

  /** Leaves a run that trains most of the time, after something that took so many milliseconds. */
  rest(took: number): Promise<void> {
    return rest(PASS_REST * took, this.signal, () => this.around.session()?.training === true);
  }
}

/** As many images as the encoder takes, from the `first` of `total` on: places that are left over are filled with the last. */
export const imagesOf = ({ encoder, dataset }: Ground, first: number, total: number, indexOf = (place: number): number => place): Promise<SourceImage[]> =>
  dataset.images(Array.from({ length: encoder.count }, (_, i) => indexOf(Math.min(total - 1, first + i))));

/** Whole, as the network sees them without augmentation. */
export const encode = ({ encoder }: Ground, images: readonly SourceImage[]): Promise<void> => encoder.run(images, images.map(whole));

/** The pictures of images of the dataset, as the network sees them. */
export async function picturesOf(ground: Ground, indices: readonly number[], first = 0): Promise<Uint8ClampedArray[]> {
  const images = await imagesOf(ground, first, indices.length, place => indices[place]!);
  await ground.encoder.draw(images, images.map(whole));
  return ground.encoder.readPictures(Math.min(ground.encoder.count, indices.length - first));
}

const whole = ({ width, height }: SourceImage) => centerView(width, height);
