import { expect, test } from 'vitest';
import { frameAfter, framesOf, placeOnWay } from './frames.ts';

test('frames are the checkpoints before now, and the untrained network whether it is kept or not', () => {
  expect(framesOf([], 0)).toEqual([]);
  expect(framesOf([], 7)).toEqual([0]);
  expect(framesOf([0], 0)).toEqual([]);
  // As a run is listed that was taken up at an earlier step: in the order in which they were written.
  expect(framesOf([0, 30, 100, 10, 20], 100)).toEqual([0, 10, 20, 30]);
  expect(framesOf([50, 75], 80)).toEqual([0, 50, 75]);
});

test('every frame has its place, now is the last, and what was given up is where the one before it is', () => {
  const frames = [0, 10, 30, 100];
  expect(frames.map(at => placeOnWay(frames, at, 120))).toEqual([0, 1, 2, 3]);
  expect(placeOnWay(frames, null, 120)).toBe(4);
  expect(placeOnWay(frames, 60, 120)).toBe(2);
  // The run went back behind what is looked at.
  expect(placeOnWay([0, 10], 60, 30)).toBe(2);
  expect(placeOnWay([], 0, 0)).toBe(0);
});

test('forward goes frame by frame, over what was given up, to now', () => {
  const frames = [0, 10, 30];
  expect([0, 10, 15, 30, 99].map(at => frameAfter(frames, at))).toEqual([10, 30, 30, null, null]);
});
