import type { ProfileReport } from '#contract/profile.ts';
import type { TuningReport } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import type { Slice } from './store.ts';

export interface ProfileSlice {
  /** The newest measurement; null before the first. */
  profile: ProfileReport | null;
  profiling: boolean;
  /** Why the last measurement failed; empty where it didn't. */
  profileFault: string;
  /** Which kernels the current or last run's products take; null before the first run. */
  tuning: TuningReport | null;

  /** Measures a step; one measurement at a time. */
  measureProfile(): Promise<void>;
  loadTuning(): Promise<void>;
}

export const createProfileSlice: Slice<ProfileSlice> = (set, get) => ({
  profile: null, profiling: false, profileFault: '', tuning: null,

  measureProfile: async () => {
    if (get().profiling) return;
    set({ profiling: true, profileFault: '' });
    try {
      set({ profile: await trainer().profile() });
    } catch (error) {
      set({ profileFault: toFailure(error).message });
    } finally {
      set({ profiling: false });
    }
  },

  loadTuning: async () => {
    try {
      set({ tuning: await trainer().tuning() });
    } catch (error) {
      get().addFailure(toFailure(error));
    }
  },
});
