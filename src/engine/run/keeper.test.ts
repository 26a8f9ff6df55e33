/** When a run is written, and what that costs. */
import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import type { RunSnapshot } from '#engine/checkpoint/snapshot.ts';
import { Keeper } from './keeper.ts';
import type { Session, SessionSnapshot } from './session.ts';

const IDENTITY = { id: 'a', name: 'A', started: 0 };

/** A session that takes a step in `stepMs` of a clock of its own, and a store that takes `writeMs` for a checkpoint. */
function simulate({ stepMs, writeMs, minutes }: { stepMs: number; writeMs: number; minutes: number }) {
  const clock = { now: 0, writing: 0 };
  const session = {
    step: 0,
    snapshot: async (): Promise<SessionSnapshot> => ({
      config: preset('tiny'), dataset: { name: '', hash: '', count: 1 }, step: session.step, elapsed: 0, order: { indices: new Uint32Array(), at: 0, rng: [] },
      streams: { views: [], masks: [], dropPath: [] }, reports: [], tensors: new Map(),
    }),
  };
  const written: RunSnapshot[] = [];
  const store = {
    save: async (s: RunSnapshot) => {
      clock.now += writeMs;
      clock.writing += writeMs;
      written.push(s);
    },
    load: async () => ({ snapshot: written.at(-1)! }),
    teacher: async () => null,
  };
  const told: number[] = [];
  const keeper = new Keeper(IDENTITY, store, [], -1, step => told.push(step), () => clock.now);
  const run = async (untilMs: number) => {
    while (clock.now < untilMs) {
      clock.now += stepMs;
      session.step++;
      if (keeper.due(session.step, minutes)) await keeper.save(session as unknown as Session);
    }
  };
  return { clock, session: session as unknown as Session, keeper, written, told, run };
}

const HOUR = 3_600_000;

test('a quick disk: written as often as asked for, and more often at first', async () => {
  const { run, written, told, clock } = simulate({ stepMs: 100, writeMs: 150, minutes: 1 });
  await run(HOUR);
  // Nine seconds apart, half as far again, then every minute.
  expect(written.map(s => s.step).slice(0, 9)).toEqual([10, 100, 190, 285, 428, 642, 963, 1445, 2045]);
  expect(written.length).toBe(65);
  expect(told).toEqual(written.map(s => s.step));
  expect(clock.writing / clock.now).toBeLessThan(0.003);
});

test.each([20_000, 3_000])('a disk that takes %i ms: written less often, for under 2 %% of the time', async writeMs => {
  const { run, written, clock } = simulate({ stepMs: 100, writeMs, minutes: 0.5 });
  await run(4 * HOUR);
  expect(written.length).toBeGreaterThan(10);
  expect(clock.writing / clock.now).toBeLessThan(0.02);
});

test('long before the interval is over there is a spread of frames, for under 2 % of the time', async () => {
  const { run, written, clock } = simulate({ stepMs: 20, writeMs: 40, minutes: 60 });
  await run(HOUR / 12);
  const steps = written.map(s => s.step);
  expect(steps[0]).toBe(10);
  expect(steps.length).toBeGreaterThan(10);
  // Never nearer than writing may cost, and else half as far again.
  steps.slice(1).forEach((step, i) => expect(step).toBe(Math.max(Math.ceil(1.5 * steps[i]!), steps[i]! + 120)));
  expect(clock.writing / clock.now).toBeLessThan(0.02);
});

test('what is written already is not written again, and the newest is given back', async () => {
  const { keeper, session, run, written } = simulate({ stepMs: 100, writeMs: 10, minutes: 1000 });
  await keeper.save(session);
  await keeper.save(session);
  expect(written.map(s => s.step)).toEqual([0]);
  await run(500);
  await Promise.all([keeper.save(session), keeper.save(session)]);
  expect(written.map(s => s.step)).toEqual([0, 5]);
  expect((await keeper.latest())?.step).toBe(5);
  expect(written[1]).toMatchObject({ ...IDENTITY, step: 5 });
});

test('without a store the last one is held in memory, and nobody is told that it is safe', async () => {
  const told: number[] = [];
  const { session } = simulate({ stepMs: 1, writeMs: 1, minutes: 1 });
  const keeper = new Keeper(IDENTITY, null, [], -1, step => told.push(step));
  expect(await keeper.latest()).toBeNull();
  await keeper.save(session);
  expect((await keeper.latest())?.step).toBe(0);
  expect(told).toEqual([]);
});

test('a store that fails says so, and the next save tries again', async () => {
  const { session } = simulate({ stepMs: 1, writeMs: 1, minutes: 1 });
  let full = true;
  const saved: number[] = [];
  const store = {
    save: async (s: RunSnapshot) => {
      if (full) throw new Error('no room');
      saved.push(s.step);
    },
    load: async () => { throw new Error('not asked for'); },
    teacher: async () => { throw new Error('not asked for'); },
  };
  const keeper = new Keeper(IDENTITY, store, [], -1, () => {}, () => 0);
  await expect(keeper.save(session)).rejects.toThrow('no room');
  // Where someone trains on nevertheless, not every step tries.
  expect([1, 9, 10].map(step => keeper.due(step, 1))).toEqual([false, false, true]);
  full = false;
  await keeper.save(session);
  expect(saved).toEqual([0]);
});
