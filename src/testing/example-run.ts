/** A run as small as a run can be, for tests of what is kept. */
import { preset } from '#contract/config.ts';
import type { StepReport } from '#contract/trainer.ts';
import { REPORT_COLUMNS, type RunSnapshot, SNAPSHOT_TENSORS } from '#engine/checkpoint/snapshot.ts';
import { Rng } from '#lib/rng.ts';

/** `mark` goes into every number, so that two runs of different marks differ in them. */
export function exampleRun(step: number, mark = 0, words = 24, id = 'example'): RunSnapshot {
  const numbers = (seed: number, length: number) => Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(seed * 100 + mark + i)));
  const state = (stream: number) => new Rng(mark, stream).state();
  return {
    id, name: 'An example', started: 1_700_000_000_000, written: 1_700_000_000_000 + mark,
    config: preset('tiny'),
    dataset: { name: 'shapes', hash: 'c0ffee', count: 5 },
    step, elapsed: step / 8,
    order: { indices: Uint32Array.from([4, 0, 3, 1, 2]), at: step % 6, rng: state(1) },
    streams: { views: state(2), masks: state(3), dropPath: state(4) },
    kernels: [{ key: 'forward 96 288', tile: '32x32', splits: 2 }],
    reports: Array.from({ length: step }, (_, i) => Object.fromEntries(REPORT_COLUMNS.map((column, c) => [column, column === 'step' ? i + 1 : mark + c + i / 7])) as unknown as StepReport),
    tensors: new Map(SNAPSHOT_TENSORS.map((key, i) => [key, numbers(i, key === 'centers' ? 7 : words)])),
  };
}
