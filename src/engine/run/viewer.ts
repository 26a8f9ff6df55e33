/** Looks through a teacher, the run's or an untrained one, without getting in its way. */
import type { Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import type { Session } from './session.ts';
import { UntrainedTeacher } from './untrained.ts';

export class Viewer {
  private untrained: UntrainedTeacher | null = null;
  private held: { owner: object; encoder: Encoder } | null = null;
  /** The last one asked for. */
  private last: Promise<unknown> = Promise.resolve();

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
    if (!session && this.untrained?.config !== draft) {
      this.free();
      this.untrained = await gpu.allocating(async account => new UntrainedTeacher(account, draft, new Rng(draft.seed, 1)));
    }
    const owner = session ?? this.untrained!;
    if (this.held?.owner !== owner || this.held.encoder.count !== count) {
      this.held?.encoder.destroy();
      this.held = null;
      const teacher = session ? session.trainer.step.state.teacherOf : this.untrained!.parameters;
      this.held = { owner, encoder: await gpu.allocating(account => Encoder.create(account, owner.config, teacher, count)) };
    }
    return this.held.encoder;
  }

  /** Frees what it holds on the GPU; call it in a turn. */
  free(): void {
    this.held?.encoder.destroy();
    this.held = null;
    this.untrained?.destroy();
    this.untrained = null;
  }
}
