import { describe, expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { wave } from '#testing/golden/wave.ts';
import { adamwUpdate, type AdamState, type Segment } from './adamw.ts';

const options = { lr: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, clip: 0.5, momentum: 0.9 };
const joined = (...parts: Float64Array[]) => parts.flatMap(part => [...part]);
const fresh = (): AdamState => ({
  weights: joined(wave(5, 1), wave(4, 2)), m: new Float64Array(9), v: new Float64Array(9), teacher: joined(wave(5, 3), wave(4, 4)),
});
const segments = (t: number): Segment[] => [{ start: 0, length: 5, weightDecay: 0.3, t }, { start: 5, length: 4, weightDecay: 0, t }];

describe('adamwUpdate', () => {
  test('agrees with PyTorch over three steps with clipping, two decays and a teacher', () => {
    let state = fresh();
    for (let step = 0; step < 3; step++) {
      const next = adamwUpdate(state, joined(wave(5, 10 + 2 * step), wave(4, 11 + 2 * step)), segments(step + 1), options);
      expect(next.norm).toBeCloseTo(goldens.adamw.norms[step]!, 13);
      expect(next.applied).toBe(true);
      state = next;
    }
    expect(relativeError(state.weights, goldens.adamw.weights)).toBeLessThan(1e-14);
    expect(relativeError(state.teacher, goldens.adamw.teacher)).toBeLessThan(1e-14);
  });

  test('a frozen segment keeps weights and moments, leaves the norm, and the teacher still follows it', () => {
    const before = fresh();
    const frozen: Segment[] = [segments(1)[0]!, { start: 5, length: 4, weightDecay: 0.3, t: 0 }];
    const after = adamwUpdate(before, [3, 4, 0, 0, 0, 9, 9, 9, 9], frozen, options);
    expect(after.norm).toBe(5);
    expect([...after.weights.subarray(5)]).toEqual(Array.from(before.weights).slice(5));
    expect(after.m.subarray(5).every(x => x === 0)).toBe(true);
    expect(after.teacher[5]).toBeCloseTo(0.9 * before.teacher[5]! + 0.1 * before.weights[5]!, 15);
    expect(after.m[0]).toBeCloseTo(0.1 * 3 * 0.5 / (5 + 1e-6), 15);
  });

  test('without clipping, the first step moves every weight by lr against its gradient', () => {
    const after = adamwUpdate({ weights: [1, 1], m: [0, 0], v: [0, 0], teacher: [1, 1] }, [1e3, -1e-3],
      [{ start: 0, length: 2, weightDecay: 0, t: 1 }], { ...options, clip: 0, eps: 0 });
    expect(after.weights[0]).toBeCloseTo(0.99, 14);
    expect(after.weights[1]).toBeCloseTo(1.01, 14);
  });

  test.each([NaN, Infinity])('a gradient with %s changes nothing', bad => {
    const before = fresh();
    const after = adamwUpdate(before, [bad, 0, 0, 0, 0, 0, 0, 0, 0], segments(1), options);
    expect(after.applied).toBe(false);
    for (const key of ['weights', 'm', 'v', 'teacher'] as const) expect([...after[key]]).toEqual(Array.from(before[key]));
  });
});
