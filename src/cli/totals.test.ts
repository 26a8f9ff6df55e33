import { expect, test } from 'vitest';
import { playwrightTotals, settled, vitestTotals } from './totals.ts';

const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map(t => ({ status: t })) });

test('vitest: passed and failed tests are counted, skipped ones as failed', () => {
  expect(vitestTotals({ success: false, testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed', 'pending')] })).toEqual({ passed: 3, failed: 2 });
});

test('vitest: a file that fails to load is one failure', () => {
  expect(vitestTotals({ success: false, testResults: [file('passed', 'passed'), file('failed')] })).toEqual({ passed: 1, failed: 1 });
  expect(vitestTotals({ success: false, testResults: [file('failed', 'passed')] })).toEqual({ passed: 1, failed: 1 });
});

test('vitest: an error outside of any test is a failure', () => {
  expect(vitestTotals({ success: false, testResults: [file('passed', 'passed')] })).toEqual({ passed: 1, failed: 1 });
});

test('playwright: retries, skips and errors of the set-up are failures', () => {
  expect(playwrightTotals({ stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 1 }, errors: [{}] })).toEqual({ passed: 4, failed: 4 });
});

test('a runner that ran nothing, left no report or ended badly has failed', () => {
  expect(settled({ passed: 5, failed: 0 }, 0)).toEqual({ passed: 5, failed: 0 });
  expect(settled({ passed: 5, failed: 2 }, 1)).toEqual({ passed: 5, failed: 2 });
  expect(settled({ passed: 0, failed: 0 }, 0)).toEqual({ passed: 0, failed: 1 });
  expect(settled({ passed: 5, failed: 0 }, 1)).toEqual({ passed: 5, failed: 1 });
  expect(settled({ passed: 5, failed: 0 }, null)).toEqual({ passed: 5, failed: 1 });
  expect(settled(null, 0)).toEqual({ passed: 0, failed: 1 });
});
