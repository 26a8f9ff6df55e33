import { expect, test } from 'vitest';
import { Stopwatch } from './stopwatch.ts';

test('counts images over training time and leaves pauses out', () => {
  let time = 100;
  const watch = new Stopwatch(8, () => time);
  watch.start();
  time += 2;
  expect(watch.step()).toEqual({ imagesPerSecond: 4, elapsed: 2 });
  watch.stop();
  time += 1000;
  watch.start();
  time += 2;
  expect(watch.step()).toEqual({ imagesPerSecond: 4, elapsed: 4 });
});
