import { expect, test } from 'vitest';
import { bestOfEach, better, rest } from './best.ts';

test('each image gives its best patch, what fills a batch up gives none', () => {
  const similarity = Float32Array.of(0.5, 0.25, 0.125, 0.75, 1, 1);
  expect(bestOfEach(similarity, 8, 10, 2)).toEqual([{ index: 8, patch: 0, similarity: 0.5 }, { index: 9, patch: 1, similarity: 0.75 }]);
});

test('the dozen best are kept in order', () => {
  const some = Array.from({ length: 20 }, (_, index) => ({ index, patch: 0, similarity: (index * 7 % 20) / 20 }));
  const best = some.reduce((kept, one) => better(kept, [one]), [] as typeof some);
  expect(best).toEqual([...some].sort((a, b) => b.similarity - a.similarity).slice(0, 12));
});

test('a rest ends by itself, when it isn\'t needed, or with the search', async () => {
  const going = new AbortController();
  const start = performance.now();
  await rest(30, going.signal, () => true);
  expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  let training = true;
  const resting = rest(1e6, going.signal, () => training);
  training = false;
  await resting;
  const cut = rest(1e6, going.signal, () => true);
  going.abort();
  await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
  await expect(rest(1, going.signal, () => true)).rejects.toMatchObject({ name: 'AbortError' });
});
