import { expect, test } from 'vitest';
import { preset, validate } from '#contract/config.ts';
import { exampleReport } from '#testing/example-report.ts';
import { sameConfig } from './config-slice.ts';
import { spread, THUMBNAILS } from './dataset-slice.ts';
import { isLive, obstacle } from './run-slice.ts';
import { useStore } from './store.ts';

test('pages of thumbnails spread over the whole dataset, and together show every image', () => {
  for (const count of [1, 7, THUMBNAILS, 25, 512, 1001]) {
    const pages = Math.ceil(count / Math.min(THUMBNAILS, count));
    const seen = new Set<number>();
    for (let page = 0; page < pages; page++) {
      const indices = spread(count, page);
      expect(new Set(indices).size).toBe(indices.length);
      expect(indices.every(i => i >= 0 && i < count)).toBe(true);
      for (const i of indices) seen.add(i);
    }
    expect(seen.size).toBe(count);
  }
  expect(spread(512, 0).at(-1)).toBeGreaterThan(480);
});

test('what keeps a run from starting is said in the order in which it is to be done', () => {
  const ready = { busy: false, ingest: null, dataset: { count: 3 }, problems: [] };
  expect(obstacle(ready)).toBeNull();
  expect(obstacle({ ...ready, dataset: null, problems: [{ message: 'x' }] })).toBe('Add images first.');
  expect(obstacle({ ...ready, dataset: { count: 0 } })).toMatch(/None of the files/);
  expect(obstacle({ ...ready, ingest: {} })).toMatch(/still being read/);
  expect(obstacle({ ...ready, problems: [{ message: 'x' }] })).toBe('x');
  expect((['idle', 'finished', 'stopped', 'failed'] as const).some(isLive)).toBe(false);
});

test('an option is checked as it is set, and a preset sets them all back', () => {
  const { setOption, choosePreset } = useStore.getState();
  setOption('patchSize', 5);
  expect(useStore.getState().problems).toEqual(validate({ ...preset('tiny'), patchSize: 5 }));
  expect(useStore.getState().problems[0]?.key).toBe('imageSize');
  expect(sameConfig(useStore.getState().config, preset('tiny'))).toBe(false);
  choosePreset('tiny');
  expect(useStore.getState().problems).toEqual([]);
  expect(sameConfig(useStore.getState().config, preset('tiny'))).toBe(true);
});

test('the same failure is one message with a count, and can be dismissed', () => {
  const { addFailure } = useStore.getState();
  addFailure({ name: 'Error', message: 'out of memory' });
  addFailure({ name: 'Error', message: 'out of memory' });
  const [alert] = useStore.getState().alerts;
  expect(useStore.getState().alerts).toMatchObject([{ message: 'out of memory', times: 2 }]);
  useStore.getState().dismiss(alert!.id);
  expect(useStore.getState().alerts).toEqual([]);
});

test('a measurement that fails says why, and another can be asked for', async () => {
  await useStore.getState().measureProfile(); // no worker was started
  expect(useStore.getState()).toMatchObject({ profiling: false, profile: null });
  expect(useStore.getState().profileFault).toContain('before it was started');
});

test('an evaluation that fails says why; progress that comes late changes nothing', async () => {
  await useStore.getState().evaluate(); // no worker was started
  expect(useStore.getState()).toMatchObject({ evaluating: null, evaluations: [] });
  expect(useStore.getState().evaluationFault).toContain('before it was started');
  useStore.getState().setEvaluating('probe', 3, 9);
  expect(useStore.getState().evaluating).toBeNull();
});

test('the newest of a batch of reports is the latest, whatever the history keeps', () => {
  const before = useStore.getState().historyVersion;
  useStore.getState().addReports([exampleReport(1), exampleReport(2)]);
  expect(useStore.getState().latest?.step).toBe(2);
  expect(useStore.getState().historyVersion).toBe(before + 1);
});
