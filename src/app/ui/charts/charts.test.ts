import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { scheduleCharts, totalOf } from './chart-spec.ts';
import { tickLabels } from './ticks.ts';

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
  const ranges = Object.fromEntries(scheduleCharts({ ...preset('tiny'), teacherTemp: [0.07, 0.04] }).map(c => [c.id, c.range]));
  expect(ranges).toEqual({ lr: [0, 1e-3], momentum: [0.99, 1], teacherTemp: [0.04, 0.07], weightDecay: [0.04, 0.1] });
});
