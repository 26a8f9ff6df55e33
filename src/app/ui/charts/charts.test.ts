import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { mainCharts, oneEach, scheduleCharts, totalOf } from './chart-spec.ts';
import { differences } from './differences.ts';
import { extent } from './extent.ts';
import { smooth } from './smooth.ts';
import { logTicks, placeWords, tickLabels } from './ticks.ts';

test('labels of an axis differ, and have the same decimals', () => {
  expect(tickLabels([0.99, 0.995, 1])).toEqual(['0.990', '0.995', '1.000']);
  expect(tickLabels([0.02, 0.0205, 0.021])).toEqual(['0.0200', '0.0205', '0.0210']);
  expect(tickLabels([0, 20, 40])).toEqual(['0', '20', '40']);
  expect(tickLabels([-1, -0.5, 0])).toEqual(['\u22121.0', '\u22120.5', '0.0']);
  expect(tickLabels([0, 2e-4, 4e-4])).toEqual(['0', '2e-4', '4e-4']);
  expect(tickLabels([2e5, 4e5])).toEqual(['2e5', '4e5']);
  expect(tickLabels([6.5])).toEqual(['6.500']);
});

test('the total is told with the weights of the run', () => {
  const config = preset('tiny');
  expect(totalOf(config)).toBe('Total = class token + 0.2 × patch. In nats.');
  expect(totalOf({ ...config, dinoWeight: 0, ibotWeight: 1 })).toBe('Total = patch. In nats.');
  expect(totalOf({ ...config, koleoWeight: 0.1, koleoRamp: [0, 0.5] })).toBe('Total = class token + 0.2 × patch + 0.1 × KoLeo, each once its ramp is over. In nats.');
});

test('schedules are drawn over the range of the whole run', () => {
  const ranges = Object.fromEntries(scheduleCharts([{ ...preset('tiny'), teacherTemp: [0.07, 0.04] }]).map(c => [c.id, c.range]));
  expect(ranges).toEqual({ lr: [0, 1e-3], momentum: [0.99, 1], teacherTemp: [0.04, 0.07], weightDecay: [0.04, 0.1] });
  const two = scheduleCharts([preset('tiny'), { ...preset('tiny'), lr: 0.01, momentum: [0.9, 0.95] }]);
  expect(two.slice(0, 2).map(c => c.range)).toEqual([[0, 0.01], [0.9, 1]]);
});

test('of several runs every curve has a chart of its own, under a name of its own', () => {
  const charts = oneEach(mainCharts(preset('tiny')));
  expect(charts.map(c => [c.id, c.title])).toEqual([
    ['loss', 'Losses: total'], ['dino', 'Losses: class token'], ['ibot', 'Losses: patch'],
    ['teacherEntropy', 'Teacher entropy: each view'], ['meanEntropy', 'Teacher entropy: their mean'], ['gradient', 'Gradient norm'],
  ]);
  expect(charts.every(c => c.curves.length === 1 && c.single)).toBe(true);
});

test('what differs between configurations, and nothing else', () => {
  const [a, b] = [preset('tiny'), { ...preset('tiny'), lr: 0.002, teacherTemp: [0.02, 0.07] as [number, number] }];
  expect(differences([a, b, a])).toEqual([
    { key: 'teacherTemp', label: 'Teacher temperature', values: [[0.02, 0.03], [0.02, 0.07], [0.02, 0.03]] },
    { key: 'lr', label: 'Learning rate', values: [0.001, 0.002, 0.001] },
  ]);
  expect(differences([a, structuredClone(a)])).toEqual([]);
});

test('an axis shows all, or all but the most extreme', () => {
  const values = [...Array.from({ length: 98 }, (_, i) => 5 + i / 97), 1000, -400];
  const options = { log: false, ignoreOutliers: false };
  expect(extent([values], options)![0]).toBeLessThan(-400);
  expect(extent([values], options)![1]).toBeGreaterThan(1000);
  const [low, high] = extent([values], { ...options, ignoreOutliers: true })!;
  expect(low).toBeGreaterThan(4.5);
  expect(high).toBeLessThan(6.5);
  expect(extent([[1, 2, 1000]], { ...options, ignoreOutliers: true })![1]).toBeGreaterThan(1000); // too few to leave any out
  expect(extent([[null, undefined], []], options)).toBeNull();
  expect(extent([[3, 3]], options)).toEqual([2.7, 3.3]);
  expect(extent([[0.01, 5, null]], options)![0]).toBe(0);
});

test('a logarithmic axis has room only for what is above 0', () => {
  const log = { log: true, ignoreOutliers: false };
  const [low, high] = extent([[-3, 0, 0.01, 100]], log)!;
  expect(low).toBeGreaterThan(0.005);
  expect(low).toBeLessThan(0.01);
  expect(high).toBeGreaterThan(100);
  expect(extent([[-3, 0]], log)).toBeNull();
  expect(logTicks(0.01, 100)).toEqual([0.01, 0.1, 1, 10, 100]);
  expect(logTicks(0.3, 12)).toEqual([0.5, 1, 2, 5, 10]);
  const within = logTicks(4.2, 5.5);
  expect(tickLabels(within)).toEqual(['4.5', '5.0', '5.5']);
});

test('places are said in the words of their axis', () => {
  expect([placeWords('step', 1200), placeWords('epoch', 1.256), placeWords('epoch', 31.26), placeWords('time', 75)]).toEqual(['step 1,200', 'epoch 1.26', 'epoch 31.3', '1:15']);
});

test('the axis of values that are one but for rounding has room, as ticks would not end on it otherwise', () => {
  const raw = Array.from({ length: 9 }, () => 0.7);
  const smoothed = smooth(raw, 0.6);
  expect(new Set(smoothed).size).toBeGreaterThan(1);
  const [low, high] = extent([raw, smoothed], { log: false, ignoreOutliers: false })!;
  expect(high - low).toBeGreaterThan(0.1);
});
