/** The whole training step: recordings of the reference, and what must hold for any configuration. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Config, preset } from '#contract/config.ts';
import { Gpu } from '#engine/gpu/device.ts';
import { download, padded, upload } from '#engine/gpu/tensor.ts';
import { initialWeights } from '#engine/model/parameters.ts';
import { tilesOf, type Tile, usableTiles } from '#engine/ops/tiles.ts';
import { Rng } from '#lib/rng.ts';
import { teacherSoftmax } from '#reference/cross-entropy.ts';
import { batchHealth } from '#reference/health.ts';
import { checkClose, checkSame, normals, openGpu } from '#testing/check-op.ts';
import frozenUrl from '#testing/fixtures/tiny-frozen.safetensors?url';
import viewsUrl from '#testing/fixtures/tiny-views.safetensors?url';
import { dropPathFactors } from './drop-path.ts';
import { patchRows } from './layout.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { schedulesAt } from './schedule.ts';
import { type MicroBatch, TrainingStep } from './step.ts';

const gpu = await Gpu.open();
const bare = await openGpu('as hardware with default limits');
const whole = Object.assign(await Gpu.open(), { software: false });
const devices = [gpu, bare, whole];
/** Milliseconds for a step whose tiles are slow to compile. */
const COMPILING = 400_000;
afterEach(() => { for (const d of devices) tilesOf(d).forced = null; });
afterAll(() => { for (const d of devices) d.destroy(); });

const tiles = (on: Gpu, ...kinds: Tile['kind'][]) => usableTiles(on).filter(t => kinds.includes(t.kind)).map(t => t.name);

const recording = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();

/** All groups within their bounds; the logits are compared only where the batch went in one piece. */
async function checkReplay(url: string, options: ReplayOptions = {}, logits = true): Promise<void> {
  const { groups } = await replay(await recording(url), { gpu, ...options });
  expect(groups.filter(g => !g.ok)).toEqual([]);
  const names = ['schedules', 'losses', 'gradient norm', 'centers', 'gradients', 'weights', 'weights, qkv bias', ...(logits ? ['logits'] : [])];
  expect(groups.map(g => g.name).sort()).toEqual(names.sort());
}

describe('recorded steps of the reference', () => {
  test('local views, LayerScale, stochastic depth', () => checkReplay(viewsUrl));
  test('KoLeo, clipping, frozen prototypes', () => checkReplay(frozenUrl));
  test('image by image', () => checkReplay(viewsUrl, { microBatch: 1 }, false));
  test('two rows of logits at a time', () => checkReplay(viewsUrl, { logitWords: 80 }));
  test('five rows of logits at a time', () => checkReplay(frozenUrl, { logitWords: 200 }));
  test('image by image and one row of logits at a time', () => checkReplay(viewsUrl, { microBatch: 1, logitWords: 1 }, false));

  test.each(tiles(gpu, 'subgroup'))('with %s alone', async tile => {
    tilesOf(gpu).forced = tile;
    await checkReplay(viewsUrl);
    await checkReplay(frozenUrl);
  });

  // This recording needs the fewest kernels. SwiftShader takes up to minutes to compile those of large tiles.
  test.each(tiles(bare, 'register', 'shared'))('with %s alone, default limits, as on hardware', async tile => {
    tilesOf(bare).forced = tile;
    await checkReplay(frozenUrl, { gpu: bare });
  }, COMPILING);

  // Those that need more workgroup memory than WebGPU promises.
  test.each(tiles(whole, 'shared').filter(name => !tiles(bare, 'shared').includes(name)))('with %s alone, all limits, as on hardware', async tile => {
    tilesOf(whole).forced = tile;
    await checkReplay(frozenUrl, { gpu: whole });
  }, COMPILING);

  test('local views with default limits, as on hardware', () => checkReplay(viewsUrl, { gpu: bare }));

  test('a file that is no recording is refused', async () => {
    const bytes = await recording(viewsUrl);
    const text = new Uint8Array(bytes.slice(0));
    text.set(new TextEncoder().encode('ibot-replay-9'), new TextDecoder('latin1').decode(text).indexOf('ibot-replay-1'));
    await expect(replay(text.buffer, { gpu })).rejects.toThrow('"ibot-replay-9", expected "ibot-replay-1"');
  });
});

/** No size is a multiple of four, to have padding everywhere. */
const ODD: Config = {
  ...preset('seed'), imageSize: 15, localSize: 10, patchSize: 5, embedDim: 22, depth: 2, numHeads: 2, mlpRatio: 1.5, layerScale: 0.1, dropPath: 0.3,
  headHidden: 18, headBottleneck: 7, prototypes: 37, localViews: 3, batchSize: 4, microBatch: 0, steps: 10, clipGradNorm: 1,
};
const STATE = ['student', 'teacher', 'first', 'second', 'centers'] as const;

/** The random choices of a batch, by view and image: independent of how it is cut into micro-batches. */
function batchOf(c: Config, seed: number) {
  const [B, V, g, l] = [c.batchSize, c.localViews, c.imageSize / c.patchSize, c.localSize / c.patchSize];
  const [pixels, stride] = [3 * c.patchSize ** 2, padded(3 * c.patchSize ** 2)];
  const values = normals(B * (2 * g * g + V * l * l) * pixels, seed);
  const rng = new Rng(seed, 1);
  const masks = Array.from({ length: 2 * B }, (_, i) => Uint8Array.from({ length: g * g }, () => i % 3 === 1 ? 0 : rng.int(0, 1)));
  const drop = c.dropPath ? dropPathFactors(rng, c, (2 + V) * B) : null;
  /** View v of image i: its first row among the batch's rows, and how many it has. */
  const rowsOf = (v: number, i: number) => v < 2 ? [(v * B + i) * g * g, g * g] as const : [2 * B * g * g + ((v - 2) * B + i) * l * l, l * l] as const;
  return (step: TrainingStep, poison = false): MicroBatch[] => {
    const b = step.shape.images;
    return Array.from({ length: B / b }, (_, m) => {
      const own = Array.from({ length: b }, (_, i) => m * b + i);
      const views = Array.from({ length: 2 + V }, (_, v) => v).flatMap(v => own.map(i => [v, i] as const));
      const rows = new Float32Array(patchRows(step.shape) * stride);
      let at = 0;
      for (const [v, i] of views) {
        const [first, count] = rowsOf(v, i);
        for (let r = 0; r < count; r++) rows.set(values.subarray((first + r) * pixels, (first + r + 1) * pixels), stride * at++);
      }
      if (poison) rows[stride + 2] = NaN;
      const sequences = (2 + V) * B;
      return {
        mask: Uint8Array.from([0, 1].flatMap(v => own.flatMap(i => [...masks[v * B + i]!]))),
        ...(drop ? { dropPath: Float32Array.from(Array.from({ length: 2 * c.depth }, (_, r) => r).flatMap(r => views.map(([v, i]) => drop[r * sequences + v * B + i]!))) } : {}),
        fillPatches: () => upload(gpu, step.patches, rows),
      };
    });
  };
}

async function begin(c: Config, logitWords?: number): Promise<TrainingStep> {
  const step = await new TrainingStep(gpu, c, { maxMasked: 2 * (c.microBatch || c.batchSize) * (c.imageSize / c.patchSize) ** 2, ...(logitWords ? { logitWords } : {}) }).build();
  upload(gpu, step.state.student, initialWeights(step.state.layout, c, new Rng(1)));
  upload(gpu, step.state.teacher, initialWeights(step.state.layout, c, new Rng(2)));
  return step;
}

type Snapshot = Record<(typeof STATE)[number] | 'gradients' | 'centerSums' | 'numbers', Float32Array>;
async function snapshot(step: TrainingStep): Promise<Snapshot> {
  const { state } = step;
  const entries = [...STATE, 'gradients' as const, 'centerSums' as const, 'numbers' as const].map(async name => [name, await download(gpu, state[name])] as const);
  return Object.fromEntries(await Promise.all(entries)) as Snapshot;
}

describe('any step', () => {
  const batch = batchOf(ODD, 3);
  let whole: Snapshot;
  beforeAll(async () => {
    const step = await begin(ODD);
    step.run(batch(step), schedulesAt(ODD, 0));
    whole = await snapshot(step);
    step.destroy();
  });

  test('is taken, with finite losses, and changes every part of the state', () => {
    expect(whole.numbers[5]).toBe(1);
    expect(whole.numbers.slice(0, 5).every(Number.isFinite)).toBe(true);
    expect(Math.min(whole.numbers[0]!, whole.numbers[1]!, whole.numbers[4]!)).toBeGreaterThan(0);
    for (const name of STATE) expect(whole[name].some(v => v !== 0), name).toBe(true);
  });

  test.each([0, 2])('says of its health what its targets say, in micro-batches of %i (0: the whole batch)', async microBatch => {
    const c = { ...ODD, microBatch };
    const [B, k] = [c.batchSize, c.prototypes];
    const b = microBatch || B;
    // Raw logits of the teacher, piece by piece; the centers of a first step are 0.
    const logits: number[] = [];
    const step = await new TrainingStep(gpu, c, { maxMasked: 2 * b * (c.imageSize / c.patchSize) ** 2, recordLogits: true, logitWords: 7 * padded(k) }).build();
    upload(gpu, step.state.student, initialWeights(step.state.layout, c, new Rng(1)));
    upload(gpu, step.state.teacher, initialWeights(step.state.layout, c, new Rng(2)));
    const micros = batch(step);
    const schedules = schedulesAt(c, 0);
    if (microBatch) {
      // Only the last micro-batch's are recorded: the first one's come from a step whose micro-batches change places.
      const other = await new TrainingStep(gpu, c, { maxMasked: 2 * b * (c.imageSize / c.patchSize) ** 2, recordLogits: true }).build();
      for (const name of ['student', 'teacher'] as const) upload(gpu, other.state[name], await download(gpu, step.state[name]));
      other.run(batch(other).reverse(), schedules);
      logits.push(...(await download(gpu, other.recorded!.teacher)).subarray(0, 2 * b * padded(k)));
      other.destroy();
    }
    step.run(micros, schedules);
    logits.push(...(await download(gpu, step.recorded!.teacher)).subarray(0, 2 * b * padded(k)));
    const numbers = await download(gpu, step.state.numbers);
    step.destroy();
    const real = Float64Array.from({ length: 2 * B * k }, (_, i) => logits[Math.floor(i / k) * padded(k) + i % k]!);
    const want = batchHealth(teacherSoftmax(real, new Float64Array(k), schedules.teacherTemp, 2 * B, k), new Float64Array(2 * B).fill(1), 2 * B, k, 1);
    expect(want.prototypesUsed).toBeGreaterThan(1);
    checkClose('entropy of the mean, prototypes, agreement', numbers.subarray(9, 12), [want.meanEntropy, want.prototypesUsed, want.agreement], { tolerance: 2e-5 });
    expect(numbers[12]).toBeGreaterThan(0);
    expect(numbers[12]).toBeLessThan(1.1);
  });

  test('of 12 blocks takes fewer than 500 dispatches', () => {
    const step = new TrainingStep(gpu, { ...ODD, depth: 12 });
    expect(step.dispatches).toBeLessThan(500);
    step.destroy();
  });

  test('padding stays 0 in gradients, moments and weights', async () => {
    const step = await begin(ODD);
    step.run(batch(step), schedulesAt(ODD, 0));
    const { layout } = step.state;
    const real = new Uint8Array(layout.total);
    for (const spec of layout.specs) {
      let places = [spec.at];
      let stride = spec.words;
      for (const [size, withPadding] of spec.dims) {
        stride /= withPadding;
        places = places.flatMap(p => Array.from({ length: size }, (_, i) => p + i * stride));
      }
      for (const p of places) real[p] = 1;
    }
    expect(real.reduce((n, r) => n + r, 0)).toBe(layout.count);
    const got = await snapshot(step);
    step.destroy();
    for (const name of ['gradients', 'student', 'teacher', 'first', 'second'] as const) {
      expect(got[name].findIndex((v, i) => !real[i] && v !== 0), `first word of padding in ${name} that is not 0`).toBe(-1);
    }
  });

  test.each([[2, 0], [1, 0], [4, 1], [2, 200]])('in micro-batches of %i with %i words of logits (0: no limit) gives the same gradient', async (microBatch, logitWords) => {
    const step = await begin({ ...ODD, microBatch }, logitWords);
    step.run(batch(step), schedulesAt(ODD, 0));
    const got = await snapshot(step);
    for (const spec of step.state.layout.specs) {
      const of = (v: Float32Array) => v.subarray(spec.at, spec.at + spec.words);
      checkClose(`gradient of ${spec.name}`, of(got.gradients), of(whole.gradients), { tolerance: 5e-5 });
    }
    checkClose('center sums', got.centerSums, whole.centerSums, { tolerance: 2e-5 });
    checkClose('centers', got.centers, whole.centers, { tolerance: 2e-5 });
    checkClose('numbers', got.numbers, whole.numbers, { tolerance: 1e-5 });
    step.destroy();
  });

  test('twice from the same state is the same, bit for bit', async () => {
    const runs: Snapshot[] = [];
    for (let i = 0; i < 2; i++) {
      const step = await begin(ODD);
      for (let s = 0; s < 3; s++) step.run(batchOf(ODD, s)(step), schedulesAt(ODD, s));
      runs.push(await snapshot(step));
      step.destroy();
    }
    for (const name of Object.keys(runs[0]!) as (keyof Snapshot)[]) checkSame(name, runs[1]![name], runs[0]![name]);
  });

  test.each([0, 1])('a NaN in the views changes nothing and is reported, micro-batch %i', async microBatch => {
    const step = await begin({ ...ODD, microBatch });
    step.run(batch(step), schedulesAt(ODD, 0));
    const before = await snapshot(step);
    const micros = batch(step);
    step.run([...batch(step, true).slice(0, 1), ...micros.slice(1)], schedulesAt(ODD, 1));
    const after = await snapshot(step);
    for (const name of STATE) checkSame(name, after[name], before[name]);
    expect(Array.from(before.numbers.subarray(5, 9))).toEqual([1, 0, 0, 0]);
    expect(Array.from(after.numbers.subarray(5, 9))).toEqual([0, 0, 0, 1]);
    step.run(micros, schedulesAt(ODD, 2));
    const later = await snapshot(step);
    for (const name of STATE) checkSame(`${name} in the step after`, later[name], before[name]);
    expect(later.numbers[5]).toBe(0);
    step.destroy();
  });

  test('without a masked patch has no patch loss and keeps the patch center', async () => {
    const step = await begin(ODD);
    const bare = batch(step).map(m => ({ ...m, mask: new Uint8Array(m.mask.length) }));
    step.run(bare, schedulesAt(ODD, 0));
    const got = await snapshot(step);
    expect([got.numbers[1], got.numbers[5]]).toEqual([0, 1]);
    expect(got.numbers[0]).toBeGreaterThan(0);
    expect(got.centers.subarray(padded(ODD.prototypes)).every(v => v === 0)).toBe(true);
    step.destroy();
  });

  test('more masked patches than planned are refused in words', async () => {
    const step = await new TrainingStep(gpu, ODD, { maxMasked: 2 }).build();
    expect(() => step.run(batch(step), schedulesAt(ODD, 0))).toThrow(/masked patches in a micro-batch planned for at most 2/);
    step.destroy();
  });

  test('gives all its memory back', async () => {
    const before = gpu.allocated;
    const step = await begin(ODD);
    expect(gpu.allocated).toBeGreaterThan(before);
    step.destroy();
    expect(gpu.allocated).toBe(before);
  });
});

describe('16-bit storage', () => {
  const half = { ...ODD, halfStorage: true };

  test('is refused in words where the device has no 16-bit floats', () => {
    expect(() => new TrainingStep(bare, half)).toThrow(/no shader-f16\): turn 16-bit storage off/);
  });

  // None on SwiftShader: `npm test -- dawn` runs it on devices that have them.
  test.each(gpu.device.features.has('shader-f16') ? [half] : [])('takes the step of 32 bits to three digits', async c => {
    const batch = batchOf(ODD, 3);
    const [full, less] = [await begin(ODD), await begin(c)];
    for (const step of [full, less]) step.run(batch(step), schedulesAt(ODD, 0));
    const [want, got] = [await snapshot(full), await snapshot(less)];
    expect(got.numbers[5]).toBe(1);
    checkClose('losses', got.numbers.subarray(0, 2), want.numbers.subarray(0, 2), { tolerance: 1e-3 });
    const norm = (v: ArrayLike<number>) => Math.hypot(...Array.from(v));
    const off = norm(want.gradients.map((v, i) => v - got.gradients[i]!)) / norm(want.gradients);
    expect(off).toBeGreaterThan(1e-6); // it does compute otherwise
    expect(off).toBeLessThan(1e-2);
    full.destroy();
    less.destroy();
  });
});
