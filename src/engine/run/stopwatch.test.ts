import { expect, test } from 'vitest';
import { Stopwatch } from './stopwatch.ts';

test('counts images over training time and leaves pauses out', () => {
  let time = 100;
  const watch = new Stopwatch(8, 0, () => time);
  watch.start();
  time += 2;
  expect(watch.step({ waitMs: 30, encodeMs: 4 })).toEqual({ imagesPerSecond: 4, elapsed: 2, pace: { stepMs: 2000, idleMs: 2000, waitMs: 30, encodeMs: 4 } });
  watch.stop();
  time += 1000;
  watch.start();
  time += 2;
  expect(watch.step({ waitMs: 10, encodeMs: 6 })).toEqual({ imagesPerSecond: 4, elapsed: 4, pace: { stepMs: 2000, idleMs: 2000, waitMs: 20, encodeMs: 5 } });
  // The pace is that of the last ten steps.
  for (let i = 0; i < 10; i++) {
    time += 1;
    watch.step({ waitMs: 1, encodeMs: 2 });
  }
  time += 1;
  expect(watch.step({ waitMs: 1, encodeMs: 2 })).toEqual({ imagesPerSecond: 8, elapsed: 15, pace: { stepMs: 1000, idleMs: 1000, waitMs: 1, encodeMs: 2 } });
});

test('counts the time with no step in the queue, pauses left out', () => {
  let time = 0;
  const watch = new Stopwatch(8, 0, () => time);
  const cost = { waitMs: 0, encodeMs: 0 };
  watch.start();
  time += 1; // nothing there yet
  watch.queued();
  time += 2;
  watch.queued();
  time += 2;
  watch.dequeued(); // the other one still is
  expect(watch.step(cost).pace).toMatchObject({ stepMs: 5000, idleMs: 1000 });
  time += 3;
  watch.dequeued();
  expect(watch.step(cost).pace).toMatchObject({ stepMs: 4000, idleMs: 500 });
  time += 4; // waiting for images
  watch.stop();
  time += 100;
  watch.start();
  watch.queued();
  time += 2;
  watch.dequeued();
  expect(watch.step(cost).pace).toMatchObject({ stepMs: 14_000 / 3, idleMs: 5000 / 3 });
});
