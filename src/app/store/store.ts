/** The page's one store. Slices hold state and the actions on it; `client.ts` alone talks to the worker. */
import { create, type StateCreator } from 'zustand';
import type { TrainerEvent } from '#contract/trainer.ts';
import { type ChartsSlice, createChartsSlice } from './charts-slice.ts';
import { connect, toFailure, trainer, type Failure } from './client.ts';
import { createConfigSlice, type ConfigSlice } from './config-slice.ts';
import { createDatasetSlice, type DatasetSlice } from './dataset-slice.ts';
import { createEvaluationSlice, type EvaluationSlice } from './evaluation-slice.ts';
import { createProfileSlice, type ProfileSlice } from './profile-slice.ts';
import { createRunSlice, isLive, type RunSlice } from './run-slice.ts';
import { createRunsSlice, type RunsSlice } from './runs-slice.ts';
import { createTimeSlice, type TimeSlice } from './time-slice.ts';
import { createViewSlice, type ViewSlice } from './view-slice.ts';

export type Store = DatasetSlice & ConfigSlice & RunSlice & RunsSlice & ChartsSlice & ProfileSlice & EvaluationSlice & TimeSlice & ViewSlice;
export type Slice<T> = StateCreator<Store, [], [], T>;

export const useStore = create<Store>()((...a) => ({
  ...createDatasetSlice(...a),
  ...createConfigSlice(...a),
  ...createRunSlice(...a),
  ...createRunsSlice(...a),
  ...createChartsSlice(...a),
  ...createProfileSlice(...a),
  ...createEvaluationSlice(...a),
  ...createTimeSlice(...a),
  ...createViewSlice(...a),
}));

function receive(events: TrainerEvent[]): void {
  const store = useStore.getState();
  for (const event of events) {
    switch (event.type) {
      case 'state': store.setRunState(event.state, event.message); break;
      case 'steps': store.addReports(event.reports); break;
      case 'ingest': store.setIngestProgress(event.progress); break;
      case 'run': store.setRun(event.id, event.name); break;
      case 'saved': store.setSaved(event.step); break;
      case 'storage': void store.refreshRuns(); break;
      case 'search': store.setSearch(event.done, event.total); break;
      case 'evaluation': store.setEvaluating(event.doing, event.done, event.total); break;
      case 'rewound': store.rewind(event.step, event.latest); break;
      case 'preview': store.addPreview(event.thumbnail); break;
      case 'lost': store.addLost(event.file); break;
      case 'failure': store.addFailure(event); break;
      default: event satisfies never;
    }
  }
}

const MISSING = 'This browser offers no WebGPU (navigator.gpu is missing).';
const INSECURE = 'This page was opened over plain http. Browsers offer WebGPU only on https pages and on localhost.';

/** Starts the worker and asks it for the GPU. Everything else of the page waits for the answer. */
export async function startTrainer(): Promise<void> {
  const { setDevice, refreshRuns } = useStore.getState();
  const noDevice = (reason: string) =>
    setDevice({ ok: false, name: '', reason, features: [], limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, software: false });
  if (!(navigator as { gpu?: unknown }).gpu) {
    noDevice(window.isSecureContext ? MISSING : INSECURE);
    return;
  }
  const broken = (failure: Failure) => {
    if (useStore.getState().device) void restart(failure);
    else noDevice(`${failure.message} Reload the page to start again.`);
  };
  try {
    connect(receive, broken);
    setDevice(await trainer().device());
    void refreshRuns();
  } catch (error) {
    broken(toFailure(error));
  }

  /** In a moment there is another worker, with the same images and the run where it was last written. */
  async function restart(failure: Failure): Promise<void> {
    const { runId, runState, addFailure: tell, setRunState, bringAgain, resumeKept } = useStore.getState();
    const now = performance.now();
    while (restarts.length > 0 && now - restarts[0]! > RESTART_SPAN_MS) restarts.shift();
    if (restarts.push(now) > MOST_RESTARTS) {
      tell({ ...failure, message: `${failure.message} Reload the page to start again.` });
      setRunState('failed', failure.message);
      return;
    }
    const live = isLive(runState);
    tell({ ...failure, message: `${failure.message} It was started again${live && runId ? ', and the run goes on from its last checkpoint' : ''}.` });
    useStore.setState({ busy: false, asked: null, evaluating: null, runState: live ? 'stopped' : runState });
    try {
      connect(receive, broken);
      setDevice(await trainer().device());
      await bringAgain();
      await refreshRuns();
      const run = useStore.getState().runs?.find(r => r.id === runId);
      if (live && run) await resumeKept(run, { train: runState === 'training' });
    } catch (error) {
      tell(toFailure(error));
    }
  }
}

/** A worker that dies more often than this within a minute isn't helped by starting another. */
const MOST_RESTARTS = 3;
const RESTART_SPAN_MS = 60_000;
const restarts: number[] = [];
