import { expect, test } from 'vitest';
import { leisurely, rest } from './rest.ts';

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

/** So many pieces of about 3 ms each; counts those that are done. */
function* busy(pieces: number, done: { count: number }): Generator<void, string> {
  for (let i = 0; i < pieces; i++) {
    const end = performance.now() + 3;
    while (performance.now() < end);
    done.count++;
    yield;
  }
  return 'result';
}

test('work in pieces lets others in between, and rests nine times as long while it is needed', async () => {
  const done = { count: 0 };
  const counts: number[] = [];
  const other = setInterval(() => counts.push(done.count), 1);
  const start = performance.now();
  expect(await leisurely(busy(20, done), new AbortController().signal, () => false)).toBe('result');
  const freely = performance.now() - start;
  clearInterval(other);
  expect(done.count).toBe(20);
  expect(new Set(counts).size).toBeGreaterThanOrEqual(2);
  const before = performance.now();
  await leisurely(busy(20, done), new AbortController().signal, () => true);
  expect(performance.now() - before).toBeGreaterThan(3 * Math.min(freely, 100));
});

test('work in pieces ends where it is cancelled', async () => {
  const stopping = new AbortController();
  const done = { count: 0 };
  const work = leisurely(busy(1000, done), stopping.signal, () => false);
  setTimeout(() => { stopping.abort(); });
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  expect(done.count).toBeLessThan(500);
});
