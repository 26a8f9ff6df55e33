/** Which moment of the run is looked at, and playing from one to the next. */
import { VIEW_REST } from '#contract/trainer.ts';
import { frameAfter, framesOf } from './frames.ts';
import type { Slice, Store } from './store.ts';

/** Milliseconds that a frame is shown at least; while training also VIEW_REST times what it cost, as with all views. */
const FRAME = 800;

export interface TimeSlice {
  /** Steps of the run that views are of; null is now. */
  at: number | null;
  /** The last one that was looked at before now. */
  earlier: number;
  playing: boolean;

  /** Resolves with what the view then cost in milliseconds, null where it failed. */
  lookAt(step: number | null): Promise<number | null>;
  /** On from the frame shown to the last and to now; from the first, where now is shown. Resolves at the end, or when held. */
  play(): Promise<void>;
  hold(): void;
}

/** As it is with every new run. */
export const NOW = { at: null, earlier: 0, playing: false } as const;

export const currentFrames = ({ runs, runId, latest }: Pick<Store, 'runs' | 'runId' | 'latest'>): number[] =>
  framesOf(runs?.find(run => run.id === runId)?.checkpoints.map(c => c.step) ?? [], latest?.step ?? 0);

export const createTimeSlice: Slice<TimeSlice> = (set, get) => {
  let plays = 0;
  return {
    ...NOW,

    lookAt: at => {
      set(at === null ? { at } : { at, earlier: at });
      return get().updateView();
    },

    play: async () => {
      const mine = ++plays;
      const held = () => mine !== plays || !get().playing;
      set({ playing: true });
      const { at } = get();
      let frame = at === null ? currentFrames(get())[0] ?? null : frameAfter(currentFrames(get()), at);
      for (;;) {
        const cost = await get().lookAt(frame);
        if (held()) return;
        if (cost === null || frame === null) break;
        await rest(Math.max(FRAME, get().runState === 'training' ? VIEW_REST * cost : 0));
        if (held()) return;
        frame = frameAfter(currentFrames(get()), frame);
      }
      set({ playing: false });
    },

    hold: () => set({ playing: false }),
  };
};

const rest = (ms: number) => new Promise<void>(resolve => { setTimeout(resolve, ms); });
