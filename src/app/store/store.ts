/** The page's one store. Slices hold state and the actions on it; `client.ts` alone talks to the worker. */
import { create, type StateCreator } from 'zustand';
import type { TrainerEvent } from '#contract/trainer.ts';
import { connect, toFailure, trainer, type Failure } from './client.ts';
import { createConfigSlice, type ConfigSlice } from './config-slice.ts';
import { createDatasetSlice, type DatasetSlice } from './dataset-slice.ts';
import { createProfileSlice, type ProfileSlice } from './profile-slice.ts';
import { createRunSlice, type RunSlice } from './run-slice.ts';
import { createViewSlice, type ViewSlice } from './view-slice.ts';

export type Store = DatasetSlice & ConfigSlice & RunSlice & ProfileSlice & ViewSlice;
export type Slice<T> = StateCreator<Store, [], [], T>;

export const useStore = create<Store>()((...a) => ({
  ...createDatasetSlice(...a),
  ...createConfigSlice(...a),
  ...createRunSlice(...a),
  ...createProfileSlice(...a),
  ...createViewSlice(...a),
}));

function receive(events: TrainerEvent[]): void {
  const store = useStore.getState();
  for (const event of events) {
    switch (event.type) {
      case 'state': store.setRunState(event.state, event.message); break;
      case 'steps': store.addReports(event.reports); break;
      case 'ingest': store.setIngestProgress(event.progress); break;
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
  const { setDevice, addFailure } = useStore.getState();
  const noDevice = (reason: string) =>
    setDevice({ ok: false, name: '', reason, features: [], limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, software: false });
  if (!(navigator as { gpu?: unknown }).gpu) {
    noDevice(window.isSecureContext ? MISSING : INSECURE);
    return;
  }
  const broken = (failure: Failure) => {
    if (useStore.getState().device) {
      addFailure(failure);
      useStore.getState().setRunState('failed', failure.message);
    } else noDevice(failure.message);
  };
  try {
    connect(receive, broken);
    setDevice(await trainer().device());
  } catch (error) {
    broken(toFailure(error));
  }
}
