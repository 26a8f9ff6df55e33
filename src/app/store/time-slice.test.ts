/** Playing a run from frame to frame: what is asked for, when, and what ends it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { preset } from '#contract/config.ts';
import type { RunInfo } from '#contract/runs.ts';
import type { StepReport } from '#contract/trainer.ts';
import { useStore } from './store.ts';
import { NOW } from './time-slice.ts';

const run = (steps: readonly number[]): RunInfo =>
  ({ id: 'a', name: 'A', started: 0, config: preset('tiny'), dataset: { name: '', hash: '', count: 1 }, checkpoints: steps.map(step => ({ step, written: step, bytes: 1 })) });

/** What was asked for, in its order. */
let asked: (number | null)[];
let cost: number | null;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  cost = 10;
  useStore.setState({
    ...NOW, runId: 'a', runs: [run([0, 10, 30])], latest: { step: 50 } as StepReport, runState: 'paused',
    updateView: async () => {
      asked.push(useStore.getState().at);
      return cost;
    },
  });
});
afterEach(() => { vi.useRealTimers(); });

const { play, hold, lookAt } = useStore.getState();

test('from now it starts at the untrained network and ends at now', async () => {
  const end = play();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([0]);
  await vi.advanceTimersByTimeAsync(799);
  expect(asked).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([0, 10]);
  await vi.advanceTimersByTimeAsync(1600);
  await end;
  expect(asked).toEqual([0, 10, 30, null]);
  expect(useStore.getState()).toMatchObject({ at: null, earlier: 30, playing: false });
});

test('from a frame it goes on, over checkpoints that came or were given up meanwhile', async () => {
  await lookAt(10);
  const end = play();
  await vi.advanceTimersByTimeAsync(0);
  useStore.setState({ runs: [run([0, 45])], latest: { step: 60 } as StepReport });
  await vi.advanceTimersByTimeAsync(1600);
  await end;
  expect(asked).toEqual([10, 30, 45, null]);
});

test('held, it stays where it is; played again, there is only one that plays', async () => {
  const first = play();
  await vi.advanceTimersByTimeAsync(100);
  hold();
  const second = play();
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all([first, second]);
  expect(asked).toEqual([0, 10, 30, null]);
  await lookAt(0);
  const third = play();
  await vi.advanceTimersByTimeAsync(100);
  hold();
  await vi.advanceTimersByTimeAsync(10_000);
  await third;
  expect(asked.slice(4)).toEqual([0, 10]);
  expect(useStore.getState()).toMatchObject({ at: 10, playing: false });
});

test('a frame that can\'t be shown ends it', async () => {
  cost = null;
  await play();
  expect(asked).toEqual([0]);
  expect(useStore.getState().playing).toBe(false);
});

test('while training a frame rests twenty times what it cost', async () => {
  cost = 100;
  useStore.setState({ runState: 'training' });
  void play();
  await vi.advanceTimersByTimeAsync(1999);
  expect(asked).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([0, 10]);
  hold();
});

test('another run, or none, is looked at as it is now', async () => {
  const { setRun } = useStore.getState();
  await lookAt(10);
  setRun('a', 'renamed');
  expect(useStore.getState().at).toBe(10);
  void play();
  setRun('b', 'B');
  expect(useStore.getState()).toMatchObject(NOW);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([10, 30]);
});
