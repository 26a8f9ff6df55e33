/** Views, step and the read-back of its numbers: what one batch of pictures goes through. */
import type { Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import type { Replay } from '#engine/gpu/program.ts';
import { upload } from '#engine/gpu/tensor.ts';
import { type Picture, pictureWords, ViewPipeline, type ViewRecipe } from '#engine/ops/views.ts';
import { dropPathFactors } from './drop-path.ts';
import { initialNetworks } from './initial.ts';
import { imagesOf } from './layout.ts';
import { blockMasks } from './masking.ts';
import { NumbersReader, type StepNumbers } from './numbers.ts';
import type { Schedules } from './schedule.ts';
import type { StateTensor } from './state.ts';
import { TrainingStep } from './step.ts';

/** A display that shares the GPU waits no longer than this, and no driver takes a submit for one that hangs. */
const SUBMIT_MS = 100;

/** As `TrainingState.save` gives it. */
export type SavedState = ReadonlyMap<StateTensor, Float32Array<ArrayBuffer>>;

/** Random streams that a step draws from, in a fixed order. */
export interface StepStreams { masks: Rng; dropPath: Rng }

/** The parts of a step, each to be run again for timing, and how often a step runs it. */
export interface StepReplay { parts: { replay: Replay; times: number }[]; destroy: () => void }

export class Trainer {
  readonly step: TrainingStep;
  private readonly gpu: Gpu;
  private readonly config: Config;
  private readonly views: ViewPipeline;
  private readonly reader: NumbersReader;

  private constructor(gpu: Gpu, config: Config, step: TrainingStep, views: ViewPipeline) {
    this.gpu = gpu;
    this.config = config;
    this.step = step;
    this.views = views;
    this.reader = new NumbersReader(gpu, step.state.numbers);
  }

  /** Allocates, compiles and sets the starting weights. Throws NoRoomError, or GpuError where a kernel fails; nothing stays allocated then. */
  static async create(gpu: Gpu, config: Config, weights: Rng | SavedState): Promise<Trainer> {
    const trainer = await gpu.allocating(account => Trainer.allocate(account, config));
    try {
      if (weights instanceof Rng) trainer.initialise(weights);
      else trainer.step.state.restore(weights);
    } catch (e) {
      trainer.destroy();
      throw e;
    }
    return trainer;
  }

  private static async allocate(gpu: Gpu, config: Config): Promise<Trainer> {
    const step = await new TrainingStep(gpu, config).build();
    const { localViews: locals, imageSize, localSize, patchSize, mean, std } = config;
    const views = await ViewPipeline.create(gpu, { images: step.shape.images, globals: 2, locals, imageSize, localSize, patchSize, mean, std }, step.patches, 1);
    return new Trainer(gpu, config, step, views);
  }

  private initialise(rng: Rng): void {
    const { gpu, config, step: { state } } = this;
    const { student, teacher } = initialNetworks(state.layout, config, rng);
    upload(gpu, state.student, student);
    upload(gpu, state.teacher, teacher);
  }

  /**
   * Queues one step on a batch (`recipes[image][view]`). Waits only for room in the read-back ring; the promise
   * inside resolves with the step's numbers once the GPU has them. `encodeMs` is the time that drawing masks, filling
   * tables and encoding took here.
   */
  async train(pictures: readonly Picture[], recipes: readonly (readonly ViewRecipe[])[], schedules: Schedules, streams: StepStreams): Promise<{ numbers: Promise<StepNumbers>; encodeMs: number }> {
    const { config: c, step, views } = this;
    const b = step.shape.images;
    const { grid } = step.shape;
    const B = c.batchSize;
    const drawn = performance.now();
    const masks = blockMasks(streams.masks, 2 * B, grid, c);
    const factors = c.dropPath > 0 ? dropPathFactors(streams.dropPath, c, B * (2 + c.localViews)) : null;
    const starts = Array.from({ length: B / b }, (_, i) => i * b);
    let encodeMs = performance.now() - drawn;
    await views.reserve(Math.max(...starts.map(i => pictureWords(pictures.slice(i, i + b)))));
    const slot = await this.reader.slot();
    const start = performance.now();
    step.run(starts.map(i => ({
      mask: imagesOf(masks, 2, B, i, b, grid * grid),
      ...(factors ? { dropPath: imagesOf(factors, 2 * c.depth * (2 + c.localViews), B, i, b, 1) } : {}),
      fillPatches: encoder => {
        views.load(pictures.slice(i, i + b), recipes.slice(i, i + b));
        views.encode(encoder);
      },
    })), schedules, encoder => slot.copy(encoder));
    encodeMs += performance.now() - start;
    return { numbers: slot.read(), encodeMs };
  }

  /** From now on no submit should take longer than `SUBMIT_MS`, if a step takes `stepMs`. */
  fitSubmits(stepMs: number): void {
    const { step, config } = this;
    step.parts = Math.max(1, Math.ceil(stepMs * step.shape.images / config.batchSize / SUBMIT_MS));
  }

  /**
   * A step to be timed between two steps, with the pictures and tables of the last one; where there was none yet, its
   * views are left out. Weights, moments, centers and later steps stay as they are. Throws GpuError.
   */
  async replay(schedules: Schedules): Promise<StepReplay> {
    const { config: c, step } = this;
    const { images, grid } = step.shape;
    const times = c.batchSize / images;
    const rng = new Rng(c.seed);
    const micro = step.replay(schedules, () => ({ mask: blockMasks(rng, 2 * images, grid, c), dropPath: dropPathFactors(rng, c, images * (2 + c.localViews)) }));
    const views = this.views.replay();
    const update = await step.replayUpdate(schedules);
    return { parts: [...(views ? [{ replay: views, times }] : []), { replay: micro, times }, { replay: update.replay, times: 1 }], destroy: update.destroy };
  }

  destroy(): void {
    this.views.destroy();
    this.reader.destroy();
    this.step.destroy();
  }
}
