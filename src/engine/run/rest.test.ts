import { expect, test } from 'vitest';
import { leisurely } from './rest.ts';

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
