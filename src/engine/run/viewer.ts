/**
 * Looks through a teacher without getting in a run's way: through the run's as it is now or as it was at a step, or through an
 * untrained one where there is no run. Whoever asks it for the teacher, an encoder or a lens has the choice of the moment.
 */
import type { Config } from '#contract/config.ts';
import type { KeptTeacher } from '#engine/checkpoint/teacher.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { Meter } from '#engine/insight/meter.ts';
import { PatchViews, type ShownDirections } from '#engine/insight/patch-views.ts';
import { Recent } from './recent.ts';
import type { Session } from './session.ts';
import { StillTeacher, type Teacher, untrainedWeights } from './teacher.ts';

/** An encoder with the views of its tokens. */
export interface Lens { encoder: Encoder; patches: PatchViews }

export interface Sources {
  session(): Session | null;
  /** Configuration of the untrained network that is shown where there is no session. */
  draft(): Config;
  /** The session's teacher as it was kept at a step, or at the last one before it; null where none was. */
  kept(step: number): Promise<KeptTeacher | null>;
}

/** Bytes of teachers of the past in memory, to go back and forth between them without a disk that may be busy with the run. */
const RECENT = 128 << 20;

export class Viewer {
  /** Steps of the run whose teacher is looked through; null is now. */
  at: number | null = null;
  private readonly sources: Sources;
  private still: StillTeacher | null = null;
  private readonly recent = new Recent<number, KeptTeacher>(RECENT, kept => kept.weights.byteLength);
  private owner: Teacher | null = null;
  /** On the owner, by the number of pictures. */
  private readonly encoders = new Map<number, Encoder>();
  private readonly lenses = new Map<number, Lens>();
  /** What colours stand for, over all moments of a run. */
  private readonly directions = new WeakMap<Config, ShownDirections>();
  /** The last one asked for. */
  private last: Promise<unknown> = Promise.resolve();
  /** Called when all that it holds is freed, in the same turn. */
  readonly onFree = new Set<() => void>();

  constructor(sources: Sources) {
    this.sources = sources;
  }

  /** One after the other: views share buffers, a profile wants the GPU for itself, and a run that is prepared watches what is allocated. */
  turn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.last.then(act);
    this.last = turn.catch(() => {});
    return turn;
  }

  /** The teacher to look through, at the moment that is chosen; good until the end of the turn. Throws NoRoomError, and what `kept` does. */
  teacher(gpu: Gpu, meter = new Meter()): Promise<Teacher> {
    const session = this.sources.session();
    return session && this.at !== null && this.at < session.step ? this.past(gpu, session.config, this.at, meter) : this.now(gpu);
  }

  /** The same as it is now, whatever moment is looked at. */
  async now(gpu: Gpu): Promise<Teacher> {
    return this.sources.session()?.teacher ?? this.past(gpu, this.sources.draft(), 0, new Meter());
  }

  private async past(gpu: Gpu, config: Config, at: number, meter: Meter): Promise<Teacher> {
    if (this.still && this.still.config !== config) this.free();
    const still = this.still ??= await gpu.allocating(async account => new StillTeacher(account, config));
    let kept = this.recent.get(at);
    if (!kept) {
      kept = await this.sources.kept(at) ?? { step: 0, weights: meter.cpu(() => untrainedWeights(config)) };
      this.recent.put(at, kept);
    }
    const { step, weights } = kept;
    if (still.step !== step) meter.cpu(() => still.hold(step, weights));
    return still;
  }

  /** An encoder of `count` pictures; good until the end of the turn. Throws NoRoomError or GpuError. */
  async encoder(gpu: Gpu, teacher: Teacher, count: number): Promise<Encoder> {
    if (this.owner !== teacher) this.drop();
    this.owner = teacher;
    let encoder = this.encoders.get(count);
    if (!encoder) {
      encoder = await gpu.allocating(account => Encoder.create(account, teacher.config, teacher.parameters, count));
      this.encoders.set(count, encoder);
    }
    return encoder;
  }

  /** The same with the views of its patch tokens. */
  async lens(gpu: Gpu, teacher: Teacher, count: number): Promise<Lens> {
    const { config } = teacher;
    const encoder = await this.encoder(gpu, teacher, count);
    let lens = this.lenses.get(count);
    if (!lens) {
      const shown = this.directions.get(config) ?? { all: null, foreground: null };
      this.directions.set(config, shown);
      lens = { encoder, patches: await gpu.allocating(account => PatchViews.create(account, config, encoder, shown)) };
      this.lenses.set(count, lens);
    }
    return lens;
  }

  /** The encoder of so many pictures isn't needed any more. */
  release(count: number): void {
    this.lenses.get(count)?.patches.destroy();
    this.lenses.delete(count);
    this.encoders.get(count)?.destroy();
    this.encoders.delete(count);
  }

  private drop(): void {
    for (const count of this.encoders.keys()) this.release(count);
    this.owner = null;
  }

  /** Frees what it holds on the GPU and of the run; call it in a turn. */
  free(): void {
    for (const free of this.onFree) free();
    this.drop();
    this.still?.destroy();
    this.still = null;
    this.recent.clear();
  }
}
