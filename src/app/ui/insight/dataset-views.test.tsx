import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, expect, test, vi } from 'vitest';
import type { DatasetMap, Patterns } from '#contract/survey.ts';
import type { DatasetSummary } from '#contract/trainer.ts';
import { CHOICES } from '#app/store/looking.ts';
import { useStore } from '#app/store/store.ts';

vi.mock('#app/ui/common/theme.ts', () => ({ useColourScheme: () => 'light' }));
vi.stubGlobal('Path2D', Object);
const { PatternsView } = await import('./patterns-view.tsx');
const { MapView } = await import('./map-view.tsx');

const pixels = new Uint8ClampedArray(4);
const PATTERNS: Patterns = {
  step: 0, kind: 'patch', grid: 4, images: 4, tokens: 64, used: 2, prototypes: 16,
  patterns: [[6, 40, 4], [2, 24, 3]].map(([prototype, count, images]) => ({
    prototype: prototype!, count: count!, images: images!, spots: [{ index: 3, path: 'ring/b.png', patch: 5, logit: 0.75, side: 1, pixels }],
  })),
};
const MAP: DatasetMap = {
  step: 0, layout: 'pca', images: 8, every: 2, positions: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1), explained: [0.5, 0.25],
  folders: Int32Array.of(0, 0, 1, 1), clusters: Int32Array.of(0, 1, 1, 1), clusterCount: 2, typical: [[0], [4, 2, 6]],
};
const shown = (state: Partial<ReturnType<typeof useStore.getState>>) => useStore.setState({ dataset: { count: 8, classes: [{ name: 'disc', count: 4 }, { name: 'ring', count: 4 }] } as DatasetSummary, choices: CHOICES, ...state });
/** A server renders the state that a store begins with. */
const render = (view: () => React.ReactNode) => {
  Object.assign(useStore.getInitialState(), useStore.getState());
  const View = view;
  return renderToStaticMarkup(<View />);
};
const cells = (html: string) => [...html.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g)].map(([, row]) => row!.split(/<\/?t[hd][^>]*>/).filter(Boolean));

beforeEach(() => { useStore.setState({ patterns: null, map: null, similar: null, search: null, imageIndex: 0 }); });

test('before anything was looked through there is a way to begin', () => {
  shown({});
  for (const view of [PatternsView, MapView]) expect(render(view)).toMatch(/Look through all 8 images<\/button>/);
});

test('while it goes on there is a way to end it', () => {
  shown({ search: { task: 'map', number: 1, stage: 'layout', done: 20, total: 500 } });
  expect(render(MapView)).toMatch(/Laying out the map: 20 of 500 rounds.*Cancel<\/button>/);
  expect(render(PatternsView)).toMatch(/Look through all 8 images/);
});

test('patterns in numbers and in names', () => {
  shown({ patterns: PATTERNS });
  const html = render(PatternsView);
  expect(cells(html)).toEqual([['7', '40', '62.50 %', '4', '0.750'], ['3', '24', '37.50 %', '3', '0.750']]);
  expect(html).toContain('aria-label="Pattern 1, prototype 7: 62.5 % of all patches"');
  expect(html).toContain('aria-label="ring/b.png, row 2, column 2. Look from there."');
});

test('a map in numbers, by cluster and by folder; what is on it, and what is like the image looked at', () => {
  shown({ map: MAP, imageIndex: 4, similar: { step: 0, index: 4, images: 4, found: [{ index: 6, cosine: 0.9 }] } });
  const html = render(MapView);
  expect(cells(html)).toEqual([['Cluster 1', '1', '25.0 %', 'disc, 100 %', 'image 1'], ['Cluster 2', '3', '75.0 %', 'ring, 67 %', 'image 5']]);
  expect(html).toContain('Every second image is shown, 4 in all');
  expect(html).toContain('75 % of the images lie in a cluster most of which is from their own folder');
  expect(html).toMatch(/Most like image 5.*aria-label="image 7, 0\.900\. Look at it\."/);
  expect(html).toContain('aria-label="Cluster 2 3 images: choose them"');
  shown({ choices: { ...CHOICES, colouring: 'folder' } });
  expect(cells(render(MapView))).toEqual([['disc', '2', '50.0 %', 'disc, 100 %'], ['ring', '2', '50.0 %', 'ring, 100 %']]);
});
