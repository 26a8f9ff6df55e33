import { expect, test } from 'vitest';
import type { RunState, StepReport } from '#contract/trainer.ts';
import { guardClosing, isUnsaved } from './close-guard.ts';

const at = (step: number) => ({ step }) as StepReport;
const unsaved = (runState: RunState, latest: StepReport | null, savedStep: number, exportedStep: number | null = null) => isUnsaved({ runState, latest, savedStep, exportedStep });

test('unsaved is a run under way, and one at rest with steps that are neither kept nor taken away', () => {
  expect(unsaved('idle', null, -1)).toBe(false);
  for (const moving of ['preparing', 'training'] as const) expect(unsaved(moving, at(3), 3, 3)).toBe(true);
  for (const still of ['paused', 'finished', 'stopped', 'failed'] as const) {
    expect(unsaved(still, null, -1)).toBe(false);
    expect(unsaved(still, at(3), -1)).toBe(true);
    expect(unsaved(still, at(3), 2, 2)).toBe(true);
    expect(unsaved(still, at(3), 3)).toBe(false);
    expect(unsaved(still, at(3), -1, 3)).toBe(false);
  }
});

test('the guard asks while it stands, and no longer', () => {
  const window = new EventTarget();
  const leave = () => window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  expect(leave()).toBe(true);
  const end = guardClosing(window);
  expect(leave()).toBe(false);
  end();
  expect(leave()).toBe(true);
});
