/** The verbs that look through the whole dataset: patterns, the map, similar images; before, during and after training. */
import { expect, test } from 'vitest';
import { GUEST } from '#contract/trainer.ts';
import { CONFIG, GRID, IMAGES, open } from '#testing/small-service.ts';

test('before any run: patterns of the untrained network, by patches and by whole images, from one walk', async () => {
  const { service, events, heard } = await open();
  const through = heard(e => e.type === 'search' && e.done === IMAGES);
  const patches = (await service.patterns('patch', 12, 6, true))!;
  await through;
  expect(patches).toMatchObject({ step: 0, kind: 'patch', grid: GRID, images: IMAGES, tokens: IMAGES * GRID ** 2, prototypes: CONFIG.prototypes });
  expect(patches.patterns.length).toBe(Math.min(12, patches.used));
  const counts = patches.patterns.map(p => p.count);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  expect((await service.patterns('patch', 20, 1, false))!.patterns.reduce((s, p) => s + p.count, 0)).toBeLessThanOrEqual(patches.tokens);
  for (const { spots, images } of patches.patterns) {
    expect(spots).toHaveLength(Math.min(6, images));
    expect(new Set(spots.map(s => s.index)).size).toBe(spots.length);
    expect(spots.map(s => s.logit)).toEqual(spots.map(s => s.logit).toSorted((a, b) => b - a));
    for (const s of spots) expect(s).toMatchObject({ side: 20, path: expect.stringMatching(/\w/) });
  }
  // The patch lies in the middle of its crop: it is that of the picture as another view shows it.
  const [spot] = patches.patterns[0]!.spots;
  const { pictures: [picture] } = await service.similarity([spot!.index], 0);
  const row = (pixels: Uint8ClampedArray, side: number, x: number, y: number) => [...pixels.subarray(4 * (y * side + x), 4 * (y * side + x) + 16)];
  expect(row(spot!.pixels, 20, 8, 8)).toEqual(row(picture!.pixels, 24, 4 * (spot!.patch! % GRID), 4 * Math.floor(spot!.patch! / GRID)));

  const searches = events.filter(e => e.type === 'search').length;
  const whole = (await service.patterns('class', 3, 9, false))!;
  expect(whole).toMatchObject({ step: 0, kind: 'class', tokens: IMAGES });
  expect(whole.patterns.every(p => p.count === p.images && p.spots.every(s => s.patch === null && s.side === 24))).toBe(true);
  expect(events.filter(e => e.type === 'search')).toHaveLength(searches);
});

test('before any run: a plane and a map of the images, clusters, and what is most like one', async () => {
  const { service } = await open();
  expect(await service.similarImages(0, 3)).toBeNull();
  const plane = (await service.map('pca', 4, true))!;
  expect(plane).toMatchObject({ step: 0, layout: 'pca', images: IMAGES, every: 1, clusterCount: 4 });
  expect(plane.positions).toHaveLength(2 * IMAGES);
  expect(plane.explained![0]!).toBeGreaterThanOrEqual(plane.explained![1]!);
  expect(new Set(plane.folders).size).toBeGreaterThan(1);
  expect(new Set(plane.clusters)).toEqual(new Set([0, 1, 2, 3]));
  plane.typical.forEach((own, cluster) => own.forEach(image => expect(plane.clusters[image]).toBe(cluster)));

  const map = (await service.map('umap', 4, false))!;
  expect(map).toMatchObject({ step: 0, layout: 'umap', explained: null });
  expect(map.clusters).toEqual(plane.clusters);
  expect([...map.positions].every(Number.isFinite)).toBe(true);
  expect([...map.positions]).not.toEqual([...plane.positions]);

  const similar = (await service.similarImages(7, 5))!;
  expect(similar).toMatchObject({ step: 0, index: 7, images: IMAGES });
  expect(similar.found).toHaveLength(5);
  expect(similar.found.some(f => f.index === 7)).toBe(false);
  // An image of one's own that is one of the dataset's is most like that.
  const { width, height, pixels } = (await service.thumbnails([7], 500))[0]!;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  await service.look('mine.png', await canvas.convertToBlob());
  const own = (await service.similarImages(GUEST, 3))!;
  expect(own.found[0]).toMatchObject({ index: 7, cosine: expect.closeTo(1, 3) });
});

test('while training: what was looked through serves until it is to be renewed, and training goes on', async () => {
  const { service, heard } = await open();
  await service.start(CONFIG);
  const moving = heard(e => e.type === 'steps' && e.reports.some(r => r.step >= 2));
  await service.resume();
  await moving;
  const patterns = (await service.patterns('patch', 12, 6, true))!;
  expect(patterns.step).toBeGreaterThan(0);
  expect((await service.patterns('class', 12, 6, false))!.step).toBe(patterns.step);
  const map = (await service.map('pca', 3, true))!;
  expect(map.step).toBeGreaterThan(patterns.step);
  expect((await service.map('umap', 5, false))!).toMatchObject({ step: map.step, clusterCount: 5 });
  expect((await service.patterns('patch', 12, 6, true))!.step).toBeGreaterThan(map.step);

  // One walk at a time: the next cancels the one before, and the end of the run ends it.
  const underWay = heard(e => e.type === 'search');
  const cancelled = service.patterns('patch', 12, 6, true);
  await underWay;
  const next = service.map('pca', 3, true);
  expect(await cancelled).toBeNull();
  expect((await next)!.step).toBeGreaterThan(map.step);
  const last = service.map('umap', 3, true);
  await service.cancelSearch();
  expect(await last).toBeNull();
  await service.pause();
  expect((await service.similarImages(0, 2))!.found).toHaveLength(2);

  // Another network: nothing of the old serves.
  await service.start({ ...CONFIG, embedDim: 16 });
  expect((await service.map('pca', 3, false))!.step).toBe(0);
  expect((await service.patterns('patch', 12, 6, false))!.step).toBe(0);
});
