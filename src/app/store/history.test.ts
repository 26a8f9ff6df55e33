import { expect, test } from 'vitest';
import type { ReportColumns } from '#contract/trainer.ts';
import { exampleReport as report } from '#testing/example-report.ts';
import { History } from './history.ts';

test('keeps every step while there is room, growing past its first capacity', () => {
  const history = new History(4, 64);
  for (let step = 1; step <= 50; step++) history.push(report(step));
  expect(history.length).toBe(50);
  expect([...history.column('step')]).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(history.column('loss')[49]).toBe(25);
  expect(history.column('elapsed')[0]).toBe(10);
});

test('thins to even steps when full, and stays within its bound', () => {
  const history = new History(4, 64);
  for (let step = 1; step <= 1000; step++) history.push(report(step));
  expect(history.length).toBeLessThanOrEqual(64);
  expect(history.stride).toBe(16);
  const steps = [...history.column('step')];
  expect(steps[0]).toBe(16);
  expect(steps.at(-1)).toBe(992);
  expect(steps.every((step, i) => step === (i + 1) * 16)).toBe(true);
  expect([...history.column('loss')]).toEqual(steps.map(step => step / 2));
});

test('a run that goes on from an earlier step loses what came after it, and no step is there twice', () => {
  const history = new History(4, 64);
  for (let step = 1; step <= 20; step++) history.push(report(step));
  history.cutAfter(12);
  for (let step = 13; step <= 15; step++) history.push(report(step));
  expect([...history.column('step')]).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
});

test('is made of a kept run\'s columns, gaps and all, however long it is', () => {
  const columns = (steps: number) => Object.fromEntries(Object.keys(report(1)).map(key => [key, Float64Array.from({ length: steps }, (_, i) => (key === 'kl' ? NaN : i + 1))])) as unknown as ReportColumns;
  const history = History.of(columns(5));
  expect([...history.column('step')]).toEqual([1, 2, 3, 4, 5]);
  expect([...history.column('agreement')]).toEqual([1, 2, 3, 4, 5]);
  expect([...history.column('kl')]).toEqual([NaN, NaN, NaN, NaN, NaN]);
  expect(History.of(columns(0)).length).toBe(0);
  const long = History.of(columns(300_000));
  expect(long.length).toBeLessThanOrEqual(2 ** 17);
  expect(long.column('step').at(-1)).toBe(300_000);
});

test('starts anew after clear', () => {
  const history = new History(2, 4);
  for (let step = 1; step <= 9; step++) history.push(report(step));
  history.clear();
  history.push(report(1));
  expect([...history.column('step')]).toEqual([1]);
});
