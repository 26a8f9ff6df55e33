/** A run whose images vanish: others stand in, and with none left it pauses, whole. */
import { expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import type { RunState } from '#contract/trainer.ts';
import { ImageCache } from '#engine/data/cache.ts';
import { Dataset } from '#engine/data/dataset.ts';
import { drawSample } from '#engine/data/sample.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { Session } from './session.ts';

const CONFIG: Config = {
  ...preset('tiny'), imageSize: 16, localSize: 8, patchSize: 4, embedDim: 24, depth: 1, numHeads: 2, headHidden: 32, headBottleneck: 12,
  prototypes: 40, localViews: 1, batchSize: 4, steps: 4, seed: 3, kernels: 'fixed',
};

test('images that vanish are replaced; when all have, the run pauses with its reason, and goes on when they are back', async () => {
  const gone = new Set<number>();
  const dataset = new Dataset({
    name: 'drive', paths: Array.from({ length: 12 }, (_, i) => `${i}.png`), labels: null, classes: [], skipped: [], files: 12, ignored: 0, sizes: { smallest: [24, 24], largest: [24, 24] }, decodeSize: 24, hash: '',
    cache: new ImageCache(0),
    load: async index => {
      if (gone.has(index)) throw new Error('It isn\'t there.');
      return { width: 24, height: 24, data: drawSample(index, 1, 24).pixels };
    },
  });
  const lost: string[] = [];
  dataset.onLost = ({ path }) => { lost.push(path); };
  const gpu = await Gpu.open();
  const states: [RunState, string][] = [];
  let finished = () => {};
  const end = new Promise<void>(resolve => { finished = resolve; });
  const session = await Session.start(gpu, CONFIG, dataset, {
    state: (state, why = '') => {
      states.push([state, why]);
      if (state === 'finished') finished();
    },
    step: () => {},
  });
  for (let i = 0; i < 12; i += 2) gone.add(i);
  // An epoch of 12 images is three steps.
  for (let step = 1; step <= 3; step++) await session.singleStep();
  expect(session.step).toBe(3);
  expect(lost.sort()).toEqual(['0.png', '10.png', '2.png', '4.png', '6.png', '8.png']);
  for (let i = 0; i < 12; i++) gone.add(i);
  await session.singleStep();
  expect(session.step).toBe(3);
  expect(states.at(-1)).toEqual(['paused', expect.stringContaining('Bring it back')]);
  gone.clear();
  session.resume();
  await end;
  expect(session.step).toBe(4);
  session.destroy();
  gpu.destroy();
});
