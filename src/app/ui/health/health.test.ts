import { describe, expect, test } from 'vitest';
import { type Config, preset, validate } from '#contract/config.ts';
import type { StepReport } from '#contract/trainer.ts';
import { History } from '#app/store/history.ts';
import { exampleReport } from '#testing/example-report.ts';
import { diagnose, settledAt } from './diagnosis.ts';
import { applied, remediesFor } from './remedies.ts';
import { explain, signsOf } from './words.ts';

const config: Config = { ...preset('tiny'), steps: 1000, lrWarmup: 0.05, prototypes: 1024 };
const lnK = Math.log(1024);

const HEALTHY = { dino: 4.8, teacherEntropy: 3.6, kl: 1.2, meanEntropy: 4.5, prototypesUsed: 9, agreement: 0.4, featureSpread: 0.7, gradNorm: 3 };
const UNIFORM = { dino: lnK, teacherEntropy: 0.999 * lnK, kl: 0.001 * lnK, meanEntropy: lnK, prototypesUsed: 3, agreement: 1, featureSpread: 0.1, gradNorm: 0.1 };
const ONE = { dino: 0.02, teacherEntropy: 0.01, kl: 0.01, meanEntropy: 0.01, prototypesUsed: 1, agreement: 1, featureSpread: 0.01, gradNorm: 0.1 };
const WILD = { ...HEALTHY, dino: 25, gradNorm: 400 };

/** Spans of steps, each with the numbers that all of it has. */
function ran(...spans: [steps: number, signs: Partial<StepReport>][]): History {
  const history = new History();
  let step = 0;
  for (const [steps, signs] of spans) for (let i = 0; i < steps; i++) history.push(exampleReport(++step, { loss: 5, ...signs }));
  return history;
}
const verdict = (...spans: Parameters<typeof ran>) => diagnose(ran(...spans), config).verdict;

test('numbers count once the warm-ups are over', () => {
  expect(settledAt(config)).toBe(100);
  expect(settledAt({ ...config, lrWarmup: 0.3 })).toBe(300);
  expect(settledAt({ ...config, freezeLastLayer: 0.2 })).toBe(200);
  expect(settledAt({ ...config, steps: 40 })).toBe(20);
  expect(settledAt({ ...config, steps: 100_000, lrWarmup: 0, freezeLastLayer: 0 })).toBe(300);
});

test('nothing is told of the first steps, whatever they look like', () => {
  expect(verdict()).toBe('early');
  for (const signs of [HEALTHY, UNIFORM, ONE, WILD]) expect(verdict([105, signs])).toBe('early');
  expect(verdict([99, UNIFORM], [50, HEALTHY])).toBe('well');
});

test('a run that learns is left in peace', () => {
  expect(verdict([400, HEALTHY])).toBe('well');
  // As early steps of real runs are: sure of few prototypes, with a large gradient.
  expect(verdict([100, { ...HEALTHY, gradNorm: 80 }], [300, { ...HEALTHY, teacherEntropy: 1.1, meanEntropy: 2.6, prototypesUsed: 5, gradNorm: 17 }])).toBe('well');
  // Near the end views agree and the student has caught up.
  expect(verdict([200, HEALTHY], [200, { ...HEALTHY, kl: 0.05, agreement: 1, teacherEntropy: 0.2, meanEntropy: 3 }])).toBe('well');
});

describe.each([['uniform', UNIFORM], ['one-prototype', ONE], ['divergence', WILD]] as const)('%s', (fault, signs) => {
  test('is told once it has held for a while, not at once', () => {
    expect(verdict([300, HEALTHY], [11, signs])).toBe('well');
    expect(verdict([300, HEALTHY], [12, signs])).toBe(fault);
  });

  test('a few steps of it are no fault, and a few better ones no recovery', () => {
    const flicker = Array.from({ length: 20 }, (): [number, typeof HEALTHY][] => [[6, signs], [3, HEALTHY]]).flat();
    expect(verdict([300, HEALTHY], ...flicker)).toBe('well');
    expect(verdict([300, HEALTHY], [50, signs], ...flicker)).toBe(fault);
  });

  test('is taken back when the numbers are clear of it for as long', () => {
    expect(verdict([300, HEALTHY], [50, signs], [11, HEALTHY])).toBe(fault);
    expect(verdict([300, HEALTHY], [50, signs], [12, HEALTHY])).toBe('well');
  });

  test('is told of a run that never did anything else, however long', () => {
    if (fault === 'divergence') expect(verdict([30, { ...HEALTHY }], [2000, { ...HEALTHY, dino: 25 }])).toBe(fault);
    else expect(verdict([5000, signs])).toBe(fault);
  });

  test('says its numbers, and what to change; a changed setting isn\'t offered again, and what is offered is valid', () => {
    const words = explain(diagnose(ran([300, HEALTHY], [50, signs]), config), config);
    expect(words).toContain({ uniform: '6.925 nats, of 6.931', 'one-prototype': 'uses 1, and the entropy of the mean answer is 0.0100', divergence: 'norm is 400.0, where it was 3.000' }[fault]);
    const bad: Config = { ...preset('seed'), microBatch: 0, clipGradNorm: 0, lrWarmup: 0, teacherTemp: [0.3, 0.3], centerMomentum: 0.999 };
    const remedies = remediesFor(fault, bad);
    expect(remedies.length).toBeGreaterThan(2);
    let after = bad;
    for (const remedy of remedies) {
      expect(applied(after, remedy), remedy.label).toBe(false);
      after = { ...after, ...remedy.change };
      expect(applied(after, remedy), remedy.label).toBe(true);
      expect(validate(after), remedy.label).toEqual([]);
    }
    const labels = remediesFor(fault, after).map(r => r.label);
    for (const { label } of remedies.filter(r => !('lr' in r.change))) expect(labels).not.toContain(label);
  });
});

test('between told and taken back lies a span in which a verdict stays', () => {
  const between = { ...UNIFORM, teacherEntropy: 0.965 * lnK, dino: 0.97 * lnK };
  expect(verdict([300, HEALTHY], [200, between])).toBe('well');
  expect(verdict([300, HEALTHY], [50, UNIFORM], [200, between])).toBe('uniform');
});

test('a run without the class-token loss is not judged by its class token', () => {
  expect(diagnose(ran([400, UNIFORM]), { ...config, dinoWeight: 0 }).verdict).toBe('well');
});

test('a run of an older program, that lacks the newer numbers, is judged by those it has', () => {
  const older = { kl: NaN, meanEntropy: NaN, prototypesUsed: NaN, agreement: NaN, featureSpread: NaN };
  expect(verdict([400, { ...HEALTHY, ...older }])).toBe('well');
  expect(verdict([400, { ...UNIFORM, ...older }])).toBe('uniform');
});

test('the first remedy for a hot teacher is a cooler one, for a stuck center a quicker one, for wild steps smaller ones', () => {
  expect(remediesFor('uniform', { ...config, teacherTemp: [0.3, 0.4] })[0]!.change).toEqual({ teacherTemp: [0.02, 0.03] });
  expect(remediesFor('one-prototype', { ...config, centerMomentum: 0.9999 })[0]!.change).toEqual({ centerMomentum: 0.9 });
  expect(remediesFor('divergence', { ...config, lr: 0.3, lrFinal: 0.2 })[0]!.change).toEqual({ lr: 0.09, lrFinal: 0.09 });
});

test('each sign says what is healthy for this configuration', () => {
  const signs = signsOf({ ...config, batchSize: 4, prototypes: 256 });
  expect(signs.map(s => s.key)).toEqual(['teacherEntropy', 'meanEntropy', 'kl', 'prototypesUsed', 'agreement', 'featureSpread']);
  expect(signs.find(s => s.key === 'prototypesUsed')!.healthy).toBe('many, of at most 8');
});

test('looking at a run of 100,000 steps takes no time that anybody would notice', () => {
  const history = ran([100_000, HEALTHY]);
  const start = performance.now();
  for (let i = 0; i < 20; i++) diagnose(history, config);
  expect((performance.now() - start) / 20).toBeLessThan(20);
});
