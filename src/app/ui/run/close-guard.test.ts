import { expect, test } from 'vitest';
import type { RunState, StepReport } from '#contract/trainer.ts';
import { guardClosing, isUnsaved } from './close-guard.ts';

const at = (step: number) => ({ step }) as StepReport;
const state = (runState: RunState, latest: StepReport | null, exportedStep: number | null) => isUnsaved({ runState, latest, exportedStep });

test('unsaved is a run that is live, and one over with steps nobody took away', () => {
  expect(state('idle', null, null)).toBe(false);
  for (const live of ['preparing', 'training', 'paused'] as const) expect(state(live, null, null)).toBe(true);
  expect(state('paused', at(3), 3)).toBe(true);
  for (const over of ['finished', 'stopped', 'failed'] as const) {
    expect(state(over, at(3), null)).toBe(true);
    expect(state(over, at(3), 2)).toBe(true);
    expect(state(over, at(3), 3)).toBe(false);
    expect(state(over, null, null)).toBe(false);
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
