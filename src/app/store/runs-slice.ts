/** The runs that are kept on this machine, and which of them is in memory. */
import type { RunInfo, StorageReport } from '#contract/runs.ts';
import type { StepReport } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { history } from './history.ts';
import { isLive } from './run-slice.ts';
import type { Slice } from './store.ts';
import { NOW } from './time-slice.ts';

export interface Resumption { step?: number; train?: boolean }

export interface RunsSlice {
  /** The one written last first; null until the worker has told. */
  runs: RunInfo[] | null;
  storage: StorageReport | null;
  /** Of the run in memory. */
  runId: string | null;
  runName: string;
  /** Steps of it that are on disk; -1 where none are. */
  savedStep: number;
  /** A kept run that waits for its images. */
  awaited: RunInfo | null;

  refreshRuns(): Promise<void>;
  setRun(id: string, name: string): void;
  setSaved(step: number): void;
  /** What was reported after this step doesn't count any more. */
  rewind(step: number, latest: StepReport | null): void;
  /** Takes a kept run up again where it was, or at the checkpoint of a step, and trains on unless told not to; its images are brought in first where they can be had without asking. */
  resumeKept(run: RunInfo, how?: Resumption): Promise<void>;
  /** The images of the awaited run are there, or others are to do. */
  resumeAwaited(): Promise<void>;
  renameRun(id: string, name: string): Promise<void>;
  duplicateRun(id: string): Promise<void>;
  removeRun(id: string): Promise<void>;
  /** The newest checkpoint as a file; null where it can't be had. */
  exportRun(id: string): Promise<Blob | null>;
  importRun(file: Blob): Promise<void>;
  /** Writes the run now: the tab may be frozen or closed any moment. */
  saveNow(): void;
}

export const createRunsSlice: Slice<RunsSlice> = (set, get) => {
  const fail = (error: unknown) => get().addFailure(toFailure(error));

  /** Acts on the kept runs and looks at them anew. */
  async function change(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      fail(error);
    }
    await get().refreshRuns();
  }

  async function take(run: RunInfo, { step, train = true }: Resumption = {}): Promise<void> {
    set({ busy: true, awaited: null });
    try {
      const { config, reports, remarks } = await trainer().resumeRun(run.id, step);
      const { flopsPerStep: runFlops } = await trainer().estimate(config);
      history.clear();
      for (const report of reports) history.push(report);
      set(s => ({ config, runConfig: config, runFlops, room: null, linked: false, latest: reports.at(-1) ?? null, runMessage: '', problems: [], savedStep: reports.at(-1)?.step ?? 0, historyVersion: s.historyVersion + 1 }));
      for (const message of remarks) get().addFailure({ name: 'Remark', message });
    } catch (error) {
      fail(error);
      return;
    } finally {
      set({ busy: false });
    }
    if (train && get().runState === 'paused') get().resume();
  }

  return {
    runs: null, storage: null, runId: null, runName: '', savedStep: -1, awaited: null,

    refreshRuns: async () => {
      try {
        const [runs, storage] = [await trainer().runs(), await trainer().storage()];
        set({ runs, storage });
      } catch (error) {
        fail(error);
      }
    },

    setRun: (runId, runName) => set(s => ({ runId, runName, ...(s.runId === runId ? {} : { savedStep: -1, ...NOW }) })),

    setSaved: savedStep => {
      set({ savedStep });
      void get().refreshRuns();
    },

    rewind: (step, latest) => {
      history.cutAfter(step);
      set(s => ({ latest, savedStep: step, historyVersion: s.historyVersion + 1 }));
    },

    resumeKept: async (run, how) => {
      if (isLive(get().runState) || get().busy) {
        get().addFailure({ name: 'StateError', message: 'Another run is under way. Stop it, then resume this one.' });
        return;
      }
      if (get().dataset?.hash !== run.dataset.hash) await get().bringImages(run.dataset);
      if (get().dataset?.hash === run.dataset.hash) await take(run, how);
      else set({ awaited: run });
    },

    resumeAwaited: async () => {
      const { awaited } = get();
      if (awaited) await take(awaited);
    },

    renameRun: (id, name) => change(() => trainer().renameRun(id, name)),
    duplicateRun: id => change(() => trainer().duplicateRun(id)),
    removeRun: id => change(async () => {
      await trainer().removeRun(id);
      get().hideRun(id);
      if (get().runId === id) set({ runId: null, runName: '', savedStep: -1, ...NOW });
    }),
    importRun: file => change(() => trainer().importRun(file)),

    exportRun: async id => {
      try {
        return new Blob([await trainer().exportRun(id)], { type: 'application/octet-stream' });
      } catch (error) {
        fail(error);
        return null;
      }
    },

    saveNow: () => {
      if (get().runId) trainer().save().catch(fail);
    },
  };
};
