/** How a GPU that is gone is asked for. */
import { expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { reopen } from './reopen.ts';

const GPU = { name: 'back' } as Gpu;

test('backs off, no longer than 8 s, and says what failed', async () => {
  const waits: number[] = [];
  const tries: [number, string][] = [];
  let left = 7;
  const gpu = await reopen(
    async () => { if (left-- > 0) throw new Error('no adapter'); return GPU; },
    new AbortController().signal, (count, fault) => tries.push([count, fault]), async ms => { waits.push(ms); });
  expect(gpu).toBe(GPU);
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  expect(tries[0]).toEqual([1, '']);
  expect(tries.slice(1)).toEqual([2, 3, 4, 5, 6, 7, 8].map(n => [n, 'no adapter']));
});

test('ends when it is told to, in the middle of a wait', async () => {
  const stop = new AbortController();
  const asked = reopen(async () => { throw new Error('no adapter'); }, stop.signal, count => { if (count === 2) stop.abort(); });
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});
