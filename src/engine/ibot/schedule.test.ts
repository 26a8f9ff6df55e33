import { describe, expect, test } from 'vitest';
import { preset, type Config } from '#contract/config.ts';
import { schedulesAt } from './schedule.ts';

const reference: Config = preset('seed'); // 4,450 steps, temperature warm-up over 2,670

describe('values of the reference run', () => {
  // lightly's cosine_schedule and linear_warmup_schedule, run in Python
  test.each([
    [0, 0.04, 0.992, 0.996, 0.04],
    [100, 0.0404486, 0.9920099684, 0.9960049842, 0.0411236],
    [2225, 0.2200636, 0.9960014123, 0.9980007061, 0.065],
    [2670, 0.2756956, 0.9972376796, 0.9986188398, 0.07],
    [4449, 0.4, 1, 1, 0.07],
  ])('step %i', (step, decay, slow, slower, temp) => {
    const s = schedulesAt(reference, step);
    expect(s.weightDecay).toBeCloseTo(decay, 7);
    expect(s.momentum).toBeCloseTo(slow, 10);
    expect(s.teacherTemp).toBeCloseTo(temp, 7);
    expect(schedulesAt({ ...reference, momentum: [0.996, 1] }, step).momentum).toBeCloseTo(slower, 10);
    expect(s.lr).toBe(1e-3);
    expect(s).toMatchObject({ freezeLastLayer: false, adamStep: step + 1, lastLayerStep: step + 1, dinoWeight: 1, ibotWeight: 1, koleoWeight: 0 });
  });
});

const short: Config = { ...reference, steps: 101, lr: 2, lrSchedule: 'cosine', lrFinal: 0.5, lrWarmup: 10 / 101 };
const lrAt = (step: number, c = short) => schedulesAt(c, step).lr;

test('the learning rate rises in a line, then follows half a cosine to its end', () => {
  expect(lrAt(0)).toBeCloseTo(0.2, 12);
  expect(lrAt(4)).toBeCloseTo(1, 12);
  expect(lrAt(9)).toBeCloseTo(2, 12);
  expect(lrAt(10)).toBeCloseTo(2, 12);
  expect(lrAt(55)).toBeCloseTo(1.25, 12); // halfway through the 91 steps after the warm-up
  expect(lrAt(100)).toBe(0.5);
  expect(lrAt(500)).toBe(0.5);
});

test('a constant learning rate still warms up', () => {
  const c: Config = { ...short, lrSchedule: 'constant' };
  expect(lrAt(4, c)).toBeCloseTo(1, 12);
  expect(lrAt(100, c)).toBe(2);
});

test('loss weights ramp between two fractions of the run', () => {
  const c: Config = { ...reference, steps: 100, ibotWeight: 3, ibotRamp: [0.2, 0.6], koleoWeight: 2, koleoRamp: [0.5, 0.5], dinoRamp: [0, 0.5] };
  const at = (step: number) => schedulesAt(c, step);
  expect([0, 19, 20, 30, 40, 60, 99].map(s => at(s).ibotWeight)).toEqual([0, 0, 0, 0.75, 1.5, 3, 3]);
  expect([49, 50].map(s => at(s).koleoWeight)).toEqual([0, 2]);
  expect([0, 25, 50].map(s => at(s).dinoWeight)).toEqual([0, 0.5, 1]);
});

test('the last layer counts its own steps once it is free', () => {
  const c: Config = { ...reference, steps: 200, freezeLastLayer: 0.02 };
  const at = (step: number) => {
    const { freezeLastLayer, adamStep, lastLayerStep } = schedulesAt(c, step);
    return [freezeLastLayer, adamStep, lastLayerStep];
  };
  expect(at(0)).toEqual([true, 1, 0]);
  expect(at(3)).toEqual([true, 4, 0]);
  expect(at(4)).toEqual([false, 5, 1]);
  expect(at(199)).toEqual([false, 200, 196]);
});

test('a run of one step takes the end values', () => {
  expect(schedulesAt({ ...short, steps: 1, lrWarmup: 0 }, 0)).toMatchObject({ lr: 0.5, weightDecay: 0.4, momentum: 1 });
});
