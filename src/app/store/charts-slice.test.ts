import { beforeEach, expect, test, vi } from 'vitest';
import { preset } from '#contract/config.ts';
import type { RunInfo } from '#contract/runs.ts';
import type { ReportColumns } from '#contract/trainer.ts';
import { exampleReport } from '#testing/example-report.ts';
import { useStore } from './store.ts';

const runReports = vi.fn<(id: string) => Promise<ReportColumns>>();
vi.mock('./client.ts', async original => ({ ...await original<object>(), trainer: () => ({ runReports }) }));

const run = (id: string): RunInfo => ({ id, name: `Run ${id}`, started: 0, config: preset('tiny'), dataset: { name: 'shapes', hash: 'c0ffee', count: 5 }, checkpoints: [{ step: 3, written: 0, bytes: 1 }] });
const shown = () => useStore.getState().overlaid.map(r => [r.info.id, r.line]);
const { showRun, hideRun } = useStore.getState();

beforeEach(() => {
  for (const { info } of useStore.getState().overlaid) hideRun(info.id);
  runReports.mockReset().mockImplementation(async () => Object.fromEntries(Object.keys(exampleReport(1)).map(key => [key, Float64Array.of(1, 2, 3)])) as unknown as ReportColumns);
});

test('a kept run is drawn with its own history, and the charts hear of it', async () => {
  const before = useStore.getState().historyVersion;
  await showRun(run('a'));
  expect([...useStore.getState().overlaid[0]!.history.column('loss')]).toEqual([1, 2, 3]);
  expect(useStore.getState().historyVersion).toBe(before + 1);
  hideRun('a');
  expect(shown()).toEqual([]);
});

test('each run keeps its look while others come and go; at most four', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await showRun(run(id));
  expect(shown()).toEqual([['a', 1], ['b', 2], ['c', 3], ['d', 4]]);
  hideRun('b');
  expect(shown()).toEqual([['a', 1], ['c', 3], ['d', 4]]);
  await showRun(run('e'));
  expect(shown()).toEqual([['a', 1], ['c', 3], ['d', 4], ['e', 2]]);
  await showRun(run('a')); // again: once, not twice
  expect(shown().map(([id]) => id).sort()).toEqual(['a', 'c', 'd', 'e']);
});

test('a run that can\'t be read is told, and not drawn', async () => {
  runReports.mockRejectedValue(Object.assign(new Error('No checkpoint of this run has reports that can be read.'), { name: 'MissingRunError' }));
  await showRun(run('a'));
  expect(shown()).toEqual([]);
  expect(useStore.getState().alerts.at(-1)).toMatchObject({ name: 'MissingRunError', message: expect.stringContaining('No checkpoint') as string });
});

test('another axis has the crosshair nowhere', () => {
  useStore.getState().setCrosshair(12);
  useStore.getState().setXAxis('time');
  expect(useStore.getState()).toMatchObject({ xAxis: 'time', crosshair: null });
  useStore.getState().setXAxis('step');
});
