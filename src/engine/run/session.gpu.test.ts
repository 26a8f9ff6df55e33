/** A run over time on sample images: reports, pausing, stepping, stopping, repeatability, refusal. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { RunState, StepReport } from '#contract/trainer.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { sampleDataset } from '#engine/data/sample.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { download } from '#engine/gpu/tensor.ts';
import { profileRun } from '#engine/measure/profile.ts';
import { Session, type SessionSnapshot } from './session.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, depth: 2, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 4, microBatch: 2, steps: 6, dropPath: 0.2, seed: 3, kernels: 'fixed',
};

let gpu: Gpu;
let dataset: Dataset;
beforeAll(async () => {
  gpu = await Gpu.open();
  dataset = await sampleDataset(12, 1, 24);
});
afterAll(() => gpu.destroy());

async function open(config: Config, { on = gpu, from = null }: { on?: Gpu; from?: SessionSnapshot | null } = {}) {
  const states: RunState[] = [];
  const reports: StepReport[] = [];
  let message = '';
  let ended = () => {};
  let reached = (_step: number) => {};
  const end = new Promise<void>(resolve => { ended = resolve; });
  const session = await Session.start(on, config, dataset, {
    state: (state, why) => {
      states.push(state);
      if (why) message = why;
      if (state === 'finished' || state === 'failed') ended();
    },
    step: report => {
      reports.push(report);
      reached(report.step);
    },
  }, from);
  const reach = (step: number) => new Promise<void>(resolve => { reached = now => { if (now === step) resolve(); }; });
  return { session, states, reports, end, reach, why: () => message };
}

async function weightsAtEnd(act: (session: Session, reach: (step: number) => Promise<void>) => Promise<void>) {
  const run = await open(CONFIG);
  await act(run.session, run.reach);
  run.session.resume();
  await run.end;
  const { state } = run.session.trainer.step;
  const [weights, student, centers] = await Promise.all([state.teacher, state.student, state.centers].map(t => download(gpu, t)));
  run.session.destroy();
  return { ...run, weights: weights!, student: student!, centers: centers! };
}

/** What a report says but for the time it took. */
const facts = (report: StepReport) => ({ ...report, imagesPerSecond: 0, elapsed: 0, stepMs: 0, waitMs: 0, encodeMs: 0, idleMs: 0 });

test('the same seed gives the same run bit for bit, however often it was paused', async () => {
  const straight = await weightsAtEnd(async () => {});
  const halting = await weightsAtEnd(async session => {
    await session.singleStep();
    // As on a device that takes a second and a half for a step: the work goes out in more submits.
    session.trainer.fitSubmits(1500);
    expect(session.trainer.step.submits).toBe(16);
    await session.singleStep();
    session.resume();
    await session.pause();
  });
  expect(straight.reports.map(r => r.step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(halting.reports.map(facts)).toEqual(straight.reports.map(facts));
  expect(halting.weights).toEqual(straight.weights);
  expect(straight.weights.some(w => w !== 0)).toBe(true);
  expect(straight.states).toEqual(['preparing', 'paused', 'training', 'finished']);
  expect(halting.states.slice(0, 6)).toEqual(['preparing', 'paused', 'training', 'paused', 'training', 'paused']);
});

test('a profile between steps, before the first, while paused or while training, leaves the run as it is bit for bit', async () => {
  const straight = await weightsAtEnd(async () => {});
  const profile = (session: Session) => session.between(() => profileRun(gpu, session.trainer, session.config, session.step, session.pace));
  const before = gpu.allocated;
  const steps: (number | null)[] = [];
  const profiled = await weightsAtEnd(async (session, reach) => {
    const held = gpu.allocated;
    steps.push((await profile(session)).step);
    expect(gpu.allocated).toBe(held);
    await session.singleStep();
    const paused = await profile(session);
    steps.push(paused.step);
    expect(paused.submits).toBe(2);
    expect(paused.kernels.find(k => k.kernel === 'view_finish')?.count).toBe(2);
    const second = reach(2);
    session.resume();
    await second;
    // Asked for while it trains: served in a gap, and training goes on by itself.
    steps.push((await profile(session)).step);
  });
  expect(gpu.allocated).toBe(before);
  expect(steps.slice(0, 2)).toEqual([0, 1]);
  expect(steps[2]).toBeGreaterThan(1);
  expect(steps[2]).toBeLessThan(6);
  expect(profiled.reports.map(facts)).toEqual(straight.reports.map(facts));
  expect(profiled.weights).toEqual(straight.weights);
  expect(profiled.student).toEqual(straight.student);
  expect(profiled.centers).toEqual(straight.centers);
});

test('another seed gives another run', async () => {
  const losses = [];
  for (const seed of [3, 4]) {
    const { session, reports } = await open({ ...CONFIG, seed });
    await session.singleStep();
    await session.stop();
    session.destroy();
    losses.push(reports[0]!.loss);
  }
  expect(losses[0]).not.toBe(losses[1]);
});

test('a stop ends the run; nothing goes on after it', async () => {
  const { session, states, reports } = await open(CONFIG);
  await session.singleStep();
  await session.stop();
  session.resume();
  await session.singleStep();
  expect(states.at(-1)).toBe('stopped');
  expect(reports).toHaveLength(1);
  expect(session.step).toBe(1);
  session.destroy();
});

test('a step that is not finite is refused, and the run says why', async () => {
  const { session, states, reports, end, why } = await open({ ...CONFIG, steps: 40, lr: 1, lrWarmup: 0, lrSchedule: 'constant', clipGradNorm: 0, beta2: 0, weightDecay: [10, 10] });
  session.resume();
  await end;
  const weights = await download(gpu, session.trainer.step.state.student);
  expect(states.at(-1)).toBe('failed');
  expect(why()).toMatch(new RegExp(`^Step ${reports.length + 1}: the .+ is (NaN|-?Infinity)\\. The step was refused`));
  expect(why()).toContain('learning rate');
  expect(weights.every(w => Number.isFinite(w))).toBe(true);
  session.destroy();
});

test('a run gives all its GPU memory back', async () => {
  const before = gpu.allocated;
  const { session } = await open(CONFIG);
  expect(gpu.allocated).toBeGreaterThan(before);
  await session.stop();
  session.destroy();
  expect(gpu.allocated).toBe(before);
});

test('200 steps are 100, a snapshot, another session on another device, and 100 more, bit for bit', async () => {
  const config = { ...CONFIG, steps: 200 };
  const fields = async (session: Session) => Promise.all((['student', 'teacher', 'first', 'second', 'centers'] as const).map(name => download(gpuOf.get(session) ?? gpu, session.trainer.step.state[name])));
  const gpuOf = new Map<Session, Gpu>();
  const straight = await open(config);
  straight.session.resume();
  await straight.end;

  const first = await open(config);
  const half = first.reach(100);
  first.session.resume();
  await half;
  const snapshot = structuredClone(await first.session.snapshot());
  await first.session.stop();
  expect(snapshot.step).toBeGreaterThanOrEqual(100);
  expect(snapshot.step).toBeLessThan(110);
  expect(snapshot.reports).toHaveLength(snapshot.step);

  const other = await Gpu.open();
  const second = await open(config, { on: other, from: snapshot });
  gpuOf.set(second.session, other);
  expect(second.session.step).toBe(snapshot.step);
  second.session.resume();
  await second.end;

  expect(second.reports.map(facts)).toEqual(straight.reports.slice(snapshot.step).map(facts));
  const [a, b] = [await fields(straight.session), await fields(second.session)];
  expect(b).toEqual(a);
  expect((await second.session.snapshot()).reports.map(facts)).toEqual(straight.reports.map(facts));
  for (const s of [straight, first, second]) s.session.destroy();
  other.destroy();
});

test('a snapshot of another network is refused, and nothing stays allocated', async () => {
  const { session } = await open(CONFIG);
  const snapshot = await session.snapshot();
  const held = gpu.allocated;
  await expect(open({ ...CONFIG, prototypes: 44 }, { from: snapshot })).rejects.toThrow(/holds \d+ numbers of "student", its configuration wants \d+/);
  expect(gpu.allocated).toBe(held);
  session.destroy();
});
