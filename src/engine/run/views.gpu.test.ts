/** The verbs that show what the teacher has learned: before, during and after training, and while nobody waits. */
import { expect, test } from 'vitest';
import { GUEST, type TrainerEvent } from '#contract/trainer.ts';
import { CONFIG, GRID, IMAGES, open } from '#testing/small-service.ts';

const searched = (events: TrainerEvent[]) => events.filter(e => e.type === 'search').map(e => [e.done, e.total]);

test('before any run: every view of the untrained network', async () => {
  const { service, events, heard } = await open();
  const attention = await service.attention(3, 9, 1 + 7);
  expect(attention).toMatchObject({ step: 0, index: 3, block: 1, query: 8, heads: 2, grid: GRID, side: 24 });
  expect(attention.costMs).toBeGreaterThan(0);
  const classToken = await service.attention(3, 9);
  expect(classToken.query).toBe(0);
  expect([...classToken.maps]).not.toEqual([...attention.maps]);
  expect(Math.max(...classToken.mass)).toBeCloseTo(1, 5);

  const similarity = await service.similarity([3, 4, 39], 14);
  expect(similarity.pictures.map(p => p.index)).toEqual([3, 4, 39]);
  expect(similarity.similarity).toHaveLength(3 * GRID * GRID);
  expect(similarity.similarity[14]).toBeCloseTo(1, 5);
  expect(similarity.pictures[0]!.pixels).toEqual(attention.pixels);

  const parts = await service.components([3, 4], false, false);
  expect(parts.components).toHaveLength(2 * GRID * GRID * 3);
  expect(parts.explained.reduce((s, e) => s + e, 0)).toBeLessThanOrEqual(1.000001);
  expect(parts.explained[0]!).toBeGreaterThanOrEqual(parts.explained[1]!);
  const again = await service.components([3, 4], false, false);
  again.components.forEach((v, i) => expect(v).toBeCloseTo(parts.components[i]!, 3));

  const itself = await service.matches(3, 3, 0);
  expect(itself.accuracy).toBeNull();
  expect(itself.matches).toHaveLength(12);
  expect(itself.matches.map(m => m.attention)).toEqual(itself.matches.map(m => m.attention).sort((a, b) => b - a));
  // Untrained tokens all have one length, so that nothing is more alike than a patch is to itself.
  expect(itself.matches.every(m => m.to === m.from && m.similarity > 0.9999)).toBe(true);
  const views = await service.matches(3, null, 1);
  expect(views.accuracy!.shown).toBeGreaterThan(0);
  expect(views.accuracy!.near).toBeGreaterThanOrEqual(views.accuracy!.right);
  expect(views.matches.every(m => m.expected !== null)).toBe(true);
  expect((await service.matches(3, null, 2)).pictures[0].pixels).not.toEqual(views.pictures[0].pixels);

  const searchedAll = heard(e => e.type === 'search' && e.done === IMAGES);
  const nearest = (await service.nearest(3, 14))!;
  expect(nearest.found).toHaveLength(12);
  expect(nearest.found.map(f => f.similarity)).toEqual(nearest.found.map(f => f.similarity).sort((a, b) => b - a));
  expect(new Set(nearest.found.map(f => f.picture.index)).size).toBe(12);
  expect(nearest.found.some(f => f.picture.index === 3)).toBe(false);
  await searchedAll; // events are gathered, so that the answer may come before the last of them
  expect(searched(events)).toEqual([[32, 40], [40, 40]]);
  // What is found is as alike as the view of those two images says, and no other image has anything more alike.
  const [first] = nearest.found;
  const pair = await service.similarity([3, first!.picture.index], 14);
  expect(pair.similarity[GRID * GRID + first!.patch]).toBeCloseTo(first!.similarity, 4);
  expect(first!.picture.pixels).toEqual(pair.pictures[1]!.pixels);
  for (let i = 4; i < IMAGES; i += 5) {
    const { similarity } = await service.similarity([3, i, i + 1, i + 2, i + 3, i + 4].filter(j => j < IMAGES), 14);
    expect(Math.max(...similarity.subarray(GRID * GRID))).toBeLessThanOrEqual(first!.similarity + 1e-5);
  }
  expect((await service.nearest(3, 14))!.found.map(f => f.similarity)).toEqual(nearest.found.map(f => f.similarity));
});

test('a picture of one\'s own is looked at like any other', async () => {
  const { service } = await open();
  await expect(service.attention(GUEST, 0)).rejects.toMatchObject({ name: 'StateError', message: expect.stringMatching(/picture of your own/) });
  const canvas = new OffscreenCanvas(50, 40);
  const draw = canvas.getContext('2d')!;
  draw.fillStyle = '#c02020';
  draw.fillRect(0, 0, 50, 40);
  draw.fillStyle = '#20c040';
  draw.fillRect(10, 10, 20, 20);
  await service.look('mine.png', await canvas.convertToBlob());
  const { pixels, index } = await service.attention(GUEST, 1);
  expect(index).toBe(GUEST);
  expect([...pixels.subarray(0, 3)]).toEqual([192, 32, 32]);
  const beside = await service.similarity([GUEST, 0, 1], 0);
  expect(beside.pictures.map(p => p.path)).toEqual(['mine.png', expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  expect((await service.nearest(GUEST, 0))!.found).toHaveLength(12);
  await expect(service.look('torn.png', new Blob(['no picture']))).rejects.toMatchObject({ name: 'UnusableImageError' });
  await service.attention(GUEST, 1); // the one before is still there
});

test('with a run: views are of its teacher; while it trains they rest, and pictures chosen meanwhile come at once', async () => {
  const { service, heard } = await open();
  await service.start(CONFIG);
  const before = await service.similarity([0, 1], 0);
  for (let i = 0; i < 3; i++) await service.singleStep();
  const after = await service.similarity([0, 1], 0);
  expect([before.step, after.step]).toEqual([0, 3]);
  expect([...after.similarity]).not.toEqual([...before.similarity]);

  const moving = heard(e => e.type === 'steps' && e.reports.some(r => r.step >= 6));
  await service.resume();
  await moving;
  /** Asks about one patch after the other until the answer is of another step. */
  const renewed = async (step: number) => {
    let answer = await service.similarity([0, 1], 0);
    for (let patch = 1; answer.step === step; patch++) answer = await service.similarity([0, 1], patch % (GRID * GRID));
    return answer;
  };
  const held = await renewed(after.step);
  const start = performance.now();
  const next = await renewed(held.step);
  // Twenty times what it cost passed before the teacher was looked through again.
  expect(performance.now() - start).toBeGreaterThan(15 * held.costMs);
  const other = await service.similarity([5, 1], 0);
  expect(other.pictures[0]!.index).toBe(5);
  expect(other.step).toBeGreaterThanOrEqual(next.step);
  await service.pause();
});

test('a search while training is of one step, and is cancelled by hand, by another and by the end of the run', async () => {
  const { service, heard } = await open();
  await service.start(CONFIG);
  const moving = heard(e => e.type === 'steps' && e.reports.some(r => r.step >= 2));
  await service.resume();
  await moving;
  const progress = heard(e => e.type === 'search');
  const first = service.nearest(0, 0);
  await progress;
  const second = service.nearest(1, 1);
  expect(await first).toBeNull();
  const found = (await second)!;
  expect(found).toMatchObject({ index: 1, patch: 1, images: IMAGES });
  expect(found.step).toBeGreaterThan(0);

  const third = service.nearest(0, 0);
  await service.cancelSearch();
  expect(await third).toBeNull();

  const underWay = heard(e => e.type === 'search');
  const fourth = service.nearest(0, 0);
  await underWay;
  await service.start({ ...CONFIG, embedDim: 16 });
  expect(await fourth).toBeNull();
  expect((await service.nearest(0, 0))!.step).toBe(0);
});
