/** What a person is told, and can do, before a run starts: whether it fits, how long it takes, what a link asked for. */
import { beforeEach, expect, test, vi } from 'vitest';
import { preset } from '#contract/config.ts';
import type { CostEstimate, StepReport } from '#contract/trainer.ts';
import { useStore } from './store.ts';

const asked: string[] = [];
const answers = { largestBuffer: 0, microBatch: null as number | null };
const worker = {
  estimate: async (): Promise<CostEstimate> => {
    asked.push('estimate');
    const memory = { student: 1, teacher: 1, gradients: 1, moments: 2, activations: 5, logits: 1, images: 1 };
    return { flopsPerStep: 1e9, bytes: 12, memory, largestBuffer: answers.largestBuffer, parameters: 1 };
  },
  fittingMicroBatch: async () => {
    asked.push('fittingMicroBatch');
    return answers.microBatch;
  },
  start: async () => { asked.push('start'); },
  stop: async () => { asked.push('stop'); },
  resume: async () => { asked.push('resume'); },
};
vi.mock(import('./client.ts'), async original => ({ ...await original(), trainer: () => worker as never }));
vi.stubGlobal('navigator', { storage: { persist: async () => true } });

const device = { ok: true, name: 'a device', reason: '', features: [], limits: { maxBufferSize: 4096, maxStorageBufferBindingSize: 1024 }, software: false };
const first = useStore.getState();
beforeEach(() => {
  useStore.setState(first, true);
  useStore.setState({ device, refreshRuns: async () => {} });
  asked.length = 0;
  Object.assign(answers, { largestBuffer: 1024, microBatch: 8 });
});

test('a buffer larger than the device binds has the GPU tried, and what fits is offered', async () => {
  const { updateEstimate, setOption } = useStore.getState();
  await updateEstimate(useStore.getState().config);
  expect(useStore.getState().room).toBeNull();
  answers.largestBuffer = 1025;
  await updateEstimate(useStore.getState().config);
  expect(useStore.getState().room).toEqual({ microBatch: 8 });
  expect(asked).toEqual(['estimate', 'estimate', 'fittingMicroBatch']);
  // Of other settings nothing is known.
  setOption('steps', 7);
  expect(useStore.getState().room).toBeNull();
});

test('where there is no device, nothing is tried', async () => {
  useStore.setState({ device: { ...device, ok: false, limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 } } });
  await useStore.getState().updateEstimate(useStore.getState().config);
  expect(asked).toEqual(['estimate']);
});

test('beside a run, and with a wrong form, nothing is tried', async () => {
  useStore.setState({ runState: 'paused' });
  await useStore.getState().tryRoom();
  useStore.setState({ runState: 'idle' });
  useStore.getState().setOption('depth', NaN);
  await useStore.getState().tryRoom();
  expect(asked).toEqual([]);
});

test('the pace of a run is remembered when it pauses, unless it says too little yet', () => {
  const at = (step: number) => ({ step, imagesPerSecond: 64 }) as StepReport;
  useStore.setState({ runConfig: { ...preset('tiny'), batchSize: 32 }, runFlops: 1e9, latest: at(4), runState: 'training' });
  useStore.getState().setRunState('paused');
  expect(useStore.getState().rate).toBeNull();
  useStore.setState({ latest: at(5), runState: 'training' });
  useStore.getState().setRunState('stopped');
  expect(useStore.getState().rate).toEqual({ device: 'a device', flops: 2e9 });
});

test('to restart is to stop and to train with what the form has, and not with a wrong one', async () => {
  useStore.setState({ dataset: { count: 9 } as never, runState: 'training', runConfig: preset('tiny') });
  useStore.getState().setOption('steps', 12);
  await useStore.getState().restart();
  expect(asked).toEqual(['stop', 'estimate', 'start', 'resume']);
  expect(useStore.getState().runConfig?.steps).toBe(12);
  asked.length = 0;
  useStore.getState().setOption('steps', NaN);
  await useStore.getState().restart();
  expect(asked).toEqual([]);
});

test('a link fills the form and one alert names what of it is refused, at most five by name', () => {
  const { takeLink, setOption } = useStore.getState();
  expect(takeLink('#somewhere')).toBe(false);
  expect(takeLink(`#preset=balanced&steps=5&${'abcdefg'.split('').map(key => `${key}=1`).join('&')}`)).toBe(true);
  const { config, presetName, linked, alerts } = useStore.getState();
  expect({ presetName, linked, steps: config.steps }).toEqual({ presetName: 'balanced', linked: true, steps: 5 });
  expect(alerts.map(a => a.message)).toEqual([expect.stringMatching(/: there is no option "a"; .*"e"; and 2 more\. They stay/)]);
  setOption('steps', 6);
  expect(useStore.getState().linked).toBe(false);
});
