import { beforeEach, expect, test, vi } from 'vitest';
import type { DatasetMap, Patterns } from '#contract/survey.ts';
import type { DatasetSummary, StepReport } from '#contract/trainer.ts';
import { asChosen, CHOICES } from './looking.ts';
import { useStore } from './store.ts';

const asked = vi.hoisted(() => ({ calls: [] as unknown[][], answers: [] as { resolve: (value: unknown) => void; reject: (error: Error) => void }[] }));
vi.mock('./client.ts', async original => ({
  ...await original<object>(),
  trainer: () => new Proxy({}, {
    get: (_, verb: string) => (...args: unknown[]) => {
      if (verb === 'thumbnails') return Promise.resolve((args[0] as number[]).map(index => ({ index, path: `${index}.png`, width: 1, height: 1, pixels: new Uint8ClampedArray(4) })));
      if (!['patterns', 'map', 'similarImages'].includes(verb)) return Promise.resolve();
      asked.calls.push([verb, ...args]);
      return new Promise((resolve, reject) => { asked.answers.push({ resolve, reject }); });
    },
  }),
}));

const map = (step: number, over: Partial<DatasetMap> = {}): DatasetMap => ({
  step, layout: 'pca', images: 9, every: 1, positions: new Float32Array(18), explained: null, folders: null, clusters: new Int32Array(9), clusterCount: CHOICES.clusters, typical: [], ...over,
});
const patterns: Patterns = { step: 4, kind: 'patch', grid: 2, images: 9, tokens: 36, used: 3, prototypes: 8, patterns: [{ prototype: 1, count: 30, images: 9, spots: [] }] };
const start = useStore.getState();
/** The oldest question that isn't answered yet. */
const question = () => vi.waitFor(() => {
  expect(asked.answers).not.toEqual([]);
  return asked.answers.shift()!;
});
const answer = async (value: unknown) => {
  (await question()).resolve(value);
  await new Promise(resolve => { setTimeout(resolve); });
};
const at = (step: number) => useStore.setState({ latest: { step } as StepReport });

beforeEach(() => {
  useStore.setState({ ...start, dataset: { count: 9 } as DatasetSummary, choices: { ...CHOICES, tab: 'map' } });
  asked.calls = [];
  asked.answers = [];
});
test('nothing is looked through until a person asks; then it is kept up to date', async () => {
  const { renewSurvey, survey } = useStore.getState();
  void renewSurvey();
  expect(asked.calls).toEqual([]);
  void survey('map', true);
  expect(useStore.getState().search).toMatchObject({ task: 'map', stage: 'images', total: 9 });
  await answer(map(0));
  await answer(null); // nothing similar
  expect(useStore.getState()).toMatchObject({ search: null, map: { step: 0 } });
  expect(asked.calls).toEqual([['map', 'pca', 8, true], ['similarImages', 0, 12]]);
  void renewSurvey();
  expect(asked.calls).toHaveLength(2);
  useStore.setState({ imageIndex: 3 });
  void renewSurvey();
  await answer(null);
  expect(asked.calls.at(-1)).toEqual(['similarImages', 3, 12]);
  at(5);
  void renewSurvey();
  void renewSurvey(); // one at a time
  await answer(map(5));
  expect(asked.calls[3]).toEqual(['map', 'pca', 8, true]);
  await answer(null);
  expect(asked.calls).toHaveLength(5);
  useStore.setState({ choices: { ...useStore.getState().choices, follow: false } });
  at(9);
  void renewSurvey();
  expect(asked.calls).toHaveLength(5);
});

test('other choices are asked for without another walk, also those made meanwhile', async () => {
  const { survey, choose } = useStore.getState();
  const done = survey('map', true);
  choose({ layout: 'umap', clusters: 4 });
  await answer(map(0));
  expect(asked.calls.at(-1)).toEqual(['map', 'umap', 4, false]);
  await answer(map(0, { layout: 'umap', clusterCount: 4 }));
  await answer(null);
  await done;
  expect(useStore.getState().map!.layout).toBe('umap');
});

test('who calls it off is left in peace; a failure is told once; another search has no say', async () => {
  const { survey, cancelSearch, renewSurvey, searching } = useStore.getState();
  useStore.setState({ choices: { ...CHOICES, tab: 'patterns' } });
  void survey('patterns', true);
  await answer(patterns);
  at(7);
  void renewSurvey();
  cancelSearch();
  expect(useStore.getState().search).toBeNull();
  await answer(null);
  void renewSurvey();
  expect(asked.calls).toHaveLength(2);

  void survey('patterns', true);
  (await question()).reject(new Error('no room'));
  await vi.waitFor(() => { expect(useStore.getState().search).toBeNull(); });
  void renewSurvey();
  expect(asked.calls).toHaveLength(3);
  expect(useStore.getState().alerts).toMatchObject([{ message: 'no room', times: 1 }]);

  void survey('patterns', true);
  let end = () => {};
  const other = searching('nearest', () => new Promise(resolve => { end = resolve; }));
  await answer(null); // the worker cancelled it for the other
  expect(useStore.getState().search).toMatchObject({ task: 'nearest' });
  end();
  await other;
  void renewSurvey();
  await answer(null);
  expect(asked.calls).toHaveLength(5);
});

test('what is shown is what is chosen', () => {
  expect(asChosen(CHOICES, patterns)).toBe(false); // it has one of the three that there are
  const three = { ...patterns, patterns: [0, 1, 2].map(prototype => ({ prototype, count: 12, images: 2, spots: new Array(2).fill(null) as never[] })) };
  expect(asChosen(CHOICES, three)).toBe(true);
  expect(asChosen({ ...CHOICES, kind: 'class' }, three)).toBe(false);
  expect(asChosen({ ...CHOICES, clusters: 9 }, map(0))).toBe(false);
});

test('thumbnails are asked for once, and forgotten with their dataset', async () => {
  const { thumbnailsOf } = useStore.getState();
  const first = await thumbnailsOf([3, 5]);
  expect(first.map(t => t.path)).toEqual(['3.png', '5.png']);
  const again = await thumbnailsOf([5, 4]);
  expect(again[0]).toBe(first[1]);
  useStore.setState({ datasetVersion: 77 });
  expect((await thumbnailsOf([5]))[0]).not.toBe(first[1]);
});
