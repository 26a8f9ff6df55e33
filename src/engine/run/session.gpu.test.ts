/** A run over time on sample images: reports, pausing, stepping, stopping, repeatability, refusal. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { RunState, StepReport } from '#contract/trainer.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { sampleDataset } from '#engine/data/sample.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { download } from '#engine/gpu/tensor.ts';
import { Session } from './session.ts';

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

async function open(config: Config) {
  const states: RunState[] = [];
  const reports: StepReport[] = [];
  let message = '';
  let ended = () => {};
  const end = new Promise<void>(resolve => { ended = resolve; });
  const session = await Session.start(gpu, config, dataset, {
    state: (state, why) => {
      states.push(state);
      if (why) message = why;
      if (state === 'finished' || state === 'failed') ended();
    },
    step: report => reports.push(report),
  });
  return { session, states, reports, end, why: () => message };
}

async function weightsAtEnd(act: (session: Session) => Promise<void>) {
  const run = await open(CONFIG);
  await act(run.session);
  run.session.resume();
  await run.end;
  const weights = await download(gpu, run.session.trainer.step.state.teacher);
  run.session.destroy();
  return { ...run, weights };
}

/** What a report says but for the time it took. */
const facts = (report: StepReport) => ({ ...report, imagesPerSecond: 0, elapsed: 0 });

test('the same seed gives the same run bit for bit, however often it was paused', async () => {
  const straight = await weightsAtEnd(async () => {});
  const halting = await weightsAtEnd(async session => {
    await session.singleStep();
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
