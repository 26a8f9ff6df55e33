import type { Config } from '#contract/config.ts';
import type { RunState, StepReport } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { history } from './history.ts';
import { type Rate, storedRate, storeRate } from './rate.ts';
import type { Slice } from './store.ts';

export interface RunSlice {
  runState: RunState;
  runMessage: string;
  /** What the current or last run was started with; null before the first. */
  runConfig: Config | null;
  /** The newest step; null before the first one of a run. */
  latest: StepReport | null;
  /** Steps that the model last taken away had seen, in this run. */
  exportedStep: number | null;
  /** Rises whenever the history of metrics changes. */
  historyVersion: number;
  /** A call that the next button press has to wait for. */
  busy: boolean;
  /** Asked for, and waiting for the step or the preparation under way to end. */
  asked: 'pause' | 'stop' | null;

  /** The run that was to start has no room on the GPU; cut into micro-batches of this size it has. */
  fittingMicroBatch: number | null;
  /** Of a step of the run; null where it wasn't asked for. */
  runFlops: number | null;
  /** How fast this device trained the last time; null while it never did. */
  rate: Rate | null;

  setRunState(state: RunState, message?: string): void;
  addReports(reports: StepReport[]): void;
  /** What is remembered of this device. */
  recallRate(device: string): void;
  train(): Promise<void>;
  /** Ends the run under way and starts another with the settings as they stand. */
  restart(): Promise<void>;
  /** With the micro-batch that fits: the same gradients, in more pieces. */
  trainSmaller(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  /** One step; starts a run first where there is none. */
  singleStep(): Promise<void>;
  stop(): Promise<void>;
  /** The teacher's backbone as a safetensors file; null where there is none to be had. */
  exportModel(): Promise<Blob | null>;
}

/** A run that is under way, moving or not. */
export const isLive = (state: RunState): boolean => state === 'preparing' || state === 'training' || state === 'paused';

/** Why a run can't be started, or null. */
export function obstacle(s: Pick<RunSlice, 'busy'> & {
  dataset: { count: number } | null; ingest: unknown; problems: { message: string }[];
}): string | null {
  if (s.ingest) return 'Your images are still being read.';
  if (!s.dataset) return 'Add images first.';
  if (s.dataset.count === 0) return 'None of the files could be used: add other images.';
  if (s.problems[0]) return s.problems[0].message;
  return null;
}

/** Steps before the pace says something. */
const STEADY = 5;

export const createRunSlice: Slice<RunSlice> = (set, get) => {
  /** Every rejected call ends in the alert: none is lost. */
  const fail = (error: unknown) => get().addFailure(toFailure(error));

  async function wait(call: () => Promise<void>, asked: RunSlice['asked'] = null): Promise<boolean> {
    if (get().busy) return false;
    set({ busy: true, asked });
    try {
      await call();
      return true;
    } catch (error) {
      fail(error);
      return false;
    } finally {
      set({ busy: false, asked: null });
    }
  }

  /** Prepares a run. False where there is none to go on with: it failed, or was stopped meanwhile. */
  async function start(): Promise<boolean> {
    if (obstacle(get())) return false;
    const runConfig = structuredClone(get().config);
    // The browser decides, or asks the person: without it, what is kept may be cleared when the disk is full.
    void navigator.storage.persist().then(() => get().refreshRuns(), () => {});
    let stopped = false;
    const prepared = await wait(async () => {
      history.clear();
      const { flopsPerStep: runFlops } = await trainer().estimate(runConfig);
      set(s => ({ runConfig, runFlops, latest: null, exportedStep: null, runMessage: '', fittingMicroBatch: null, historyVersion: s.historyVersion + 1 }));
      await trainer().start(runConfig).catch(async (error: unknown) => {
        if (toFailure(error).name === 'NoRoomError') await offerSmaller(runConfig);
        throw error;
      });
      // A stop asked for meanwhile cuts the measuring of kernels short, and follows at once.
      stopped = get().asked === 'stop';
      if (stopped) await trainer().stop();
    });
    return prepared && !stopped;
  }

  /** Training has ended or pauses: what it was capable of tells the time of the next run. */
  function noteRate(): void {
    const { device, latest, runConfig, runFlops } = get();
    if (!device || !latest || !runConfig || !runFlops || latest.step < STEADY) return;
    const rate = { device: device.name, flops: (runFlops * latest.imagesPerSecond) / runConfig.batchSize };
    set({ rate });
    storeRate(rate);
  }

  /** There was no room on the GPU: looks for a micro-batch with which there is. */
  async function offerSmaller(config: Config): Promise<void> {
    const microBatch = await trainer().fittingMicroBatch(config);
    if (microBatch !== null && microBatch < (config.microBatch || config.batchSize) && !isLive(get().runState)) set({ fittingMicroBatch: microBatch });
  }

  return {
    runState: 'idle', runMessage: '', runConfig: null, latest: null, exportedStep: null, historyVersion: 0, busy: false, asked: null, fittingMicroBatch: null,
    runFlops: null, rate: null,

    setRunState: (runState, runMessage = '') => {
      if (get().runState === 'training' && runState !== 'training') noteRate();
      set({ runState, runMessage });
    },

    recallRate: device => set({ rate: storedRate(device) }),

    addReports: reports => {
      for (const report of reports) history.push(report);
      const latest = reports.at(-1);
      if (latest) set(s => ({ latest, historyVersion: s.historyVersion + 1 }));
    },

    trainSmaller: async () => {
      const { fittingMicroBatch, setOption, train } = get();
      if (fittingMicroBatch === null) return;
      setOption('microBatch', fittingMicroBatch);
      await train();
    },

    train: async () => {
      if (await start()) get().resume();
    },

    restart: async () => {
      if (obstacle(get())) return;
      await get().stop();
      await get().train();
    },

    pause: async () => { await wait(() => trainer().pause(), 'pause'); },

    // Not waited for: the worker may answer when training ends.
    resume: () => { trainer().resume().catch(fail); },

    singleStep: async () => {
      if (!isLive(get().runState) && !(await start())) return;
      await wait(() => trainer().singleStep());
    },

    stop: async () => {
      if (get().busy && get().runState === 'preparing') {
        set({ asked: 'stop' });
        trainer().stop().catch(fail);
      } else await wait(() => trainer().stop(), 'stop');
    },

    exportModel: async () => {
      try {
        const step = get().latest?.step ?? null;
        const model = new Blob([await trainer().exportModel()], { type: 'application/octet-stream' });
        set({ exportedStep: step });
        return model;
      } catch (error) {
        fail(error);
        return null;
      }
    },
  };
};
