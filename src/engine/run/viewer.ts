/** Looks through a teacher, the run's or an untrained one, without getting in its way. */
import type { Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { PatchViews } from '#engine/insight/patch-views.ts';
import type { Named } from '#engine/model/vit.ts';
import type { Session } from './session.ts';
import { UntrainedTeacher } from './untrained.ts';

/** An encoder with the views of its tokens. */
export interface Lens { encoder: Encoder; patches: PatchViews }

export class Viewer {
  private untrained: UntrainedTeacher | null = null;
  private owner: object | null = null;
  /** On the owner's teacher, by the number of pictures. */
  private readonly encoders = new Map<number, Encoder>();
  private readonly lenses = new Map<number, Lens>();
  /** The last one asked for. */
  private last: Promise<unknown> = Promise.resolve();
  /** Called when what it holds is freed, in the same turn. */
  readonly onFree = new Set<() => void>();

  /** One after the other: views share buffers, a profile wants the GPU for itself, and a run that is prepared watches what is allocated. */
  turn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.last.then(act);
    this.last = turn.catch(() => {});
    return turn;
  }

  /**
   * An encoder of `count` pictures on the session's teacher, or on an untrained one of this configuration; good until
   * the end of the turn. Throws NoRoomError or GpuError.
   */
  async encoder(gpu: Gpu, session: Session | null, draft: Config, count: number): Promise<Encoder> {
    const { config, teacher } = await this.teacher(gpu, session, draft);
    let encoder = this.encoders.get(count);
    if (!encoder) {
      encoder = await gpu.allocating(account => Encoder.create(account, config, teacher, count));
      this.encoders.set(count, encoder);
    }
    return encoder;
  }

  /** The same with the views of its patch tokens. */
  async lens(gpu: Gpu, session: Session | null, draft: Config, count: number): Promise<Lens> {
    const encoder = await this.encoder(gpu, session, draft, count);
    let lens = this.lenses.get(count);
    if (!lens) {
      const { config } = session ?? this.untrained!;
      lens = { encoder, patches: await gpu.allocating(account => PatchViews.create(account, config, encoder)) };
      this.lenses.set(count, lens);
    }
    return lens;
  }

  /** The teacher to look through, with its configuration. Frees what belonged to another. */
  async teacher(gpu: Gpu, session: Session | null, draft: Config): Promise<{ config: Config; teacher: Named }> {
    if (!session && this.untrained?.config !== draft) {
      this.free();
      this.untrained = await gpu.allocating(async account => new UntrainedTeacher(account, draft, new Rng(draft.seed, 1)));
    }
    const owner = session ?? this.untrained!;
    if (this.owner !== owner) this.drop();
    this.owner = owner;
    return { config: owner.config, teacher: session ? session.trainer.step.state.teacherOf : this.untrained!.parameters };
  }

  /** The encoder of so many pictures isn't needed any more. */
  release(count: number): void {
    this.lenses.get(count)?.patches.destroy();
    this.lenses.delete(count);
    this.encoders.get(count)?.destroy();
    this.encoders.delete(count);
  }

  private drop(): void {
    for (const free of this.onFree) free();
    for (const count of this.encoders.keys()) this.release(count);
    this.owner = null;
  }

  /** Frees what it holds on the GPU; call it in a turn. */
  free(): void {
    this.drop();
    this.untrained?.destroy();
    this.untrained = null;
  }
}
