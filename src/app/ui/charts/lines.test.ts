import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { History } from '#app/store/history.ts';
import { exampleReport } from '#testing/example-report.ts';
import { mainCharts, signCharts } from './chart-spec.ts';
import { chartData, drawn, linesOf, rowAt, type Shown, toldApart, valueOf } from './lines.ts';
import { chartCsv } from './save.ts';

const config = { ...preset('tiny'), batchSize: 10 };

/** A step takes so many seconds; losses are half the step. */
function run(line: number, steps: number, seconds: number, name = `Run ${line}`): Shown {
  const history = new History();
  for (let step = 1; step <= steps; step++) history.push(exampleReport(step, { elapsed: step * seconds, agreement: step === 2 ? NaN : step / 100 }));
  return { id: name, name, config, images: 20, history, line };
}

const [losses] = mainCharts(config);
const agreement = signCharts().find(c => c.id === 'agreement')!;
const look = { axis: 'step' as const, smoothing: 0, log: false };

test('of one run a line per curve, raw behind smoothed', () => {
  const lines = linesOf(losses!, [run(0, 3, 1)]);
  expect(lines.map(l => [l.label, l.colour, l.dash.length])).toEqual([['Total', 1, 0], ['Class token', 2, 0], ['Patch', 3, 0]]);
  const data = chartData(lines, { ...look, smoothing: 0.5 });
  expect(data.map(column => Array.from(column)).slice(0, 3)).toEqual([[1, 2, 3], [0.5, 1, 1.5], [0.5, expect.closeTo(5 / 6, 12), expect.closeTo(1.0625 / 0.875, 9)]]);
  expect(data).toHaveLength(1 + drawn(lines).length);
});

test('of several runs a line each, told apart by colour and by dashes, over places of their own', () => {
  const runs = [run(0, 3, 1), run(1, 4, 0.5), run(3, 2, 2)];
  const lines = linesOf(agreement, runs);
  expect(lines.map(l => l.label)).toEqual(['Run 0', 'Run 1', 'Run 3']);
  expect(new Set(lines.map(l => l.colour)).size).toBe(3);
  expect(new Set(lines.map(l => l.dash.join())).size).toBe(3);
  const [places, , first, , second, , third] = chartData(lines, { ...look, axis: 'time' });
  expect(Array.from(places)).toEqual([0.5, 1, 1.5, 2, 3, 4]);
  // Its own gap is one; where only others have a place, the curve goes on.
  expect(Array.from(first!)).toEqual([undefined, 0.01, undefined, null, 0.03, undefined]);
  expect(Array.from(second!)).toEqual([0.01, null, 0.03, 0.04, undefined, undefined]);
  expect(Array.from(third!)).toEqual([undefined, undefined, undefined, 0.01, undefined, null]);
});

test('a long run is drawn by some of its steps, the last among them', () => {
  const data = chartData(linesOf(agreement, [run(0, 5001, 1)]), look);
  expect(data.map(column => column.length)).toEqual([1667, 1667, 1667]);
  expect([data[0]![0], data[0]!.at(-1)]).toEqual([3, 5001]);
});

test('runs of the same name are told apart', () => {
  expect(toldApart([run(0, 1, 1, 'a'), run(1, 1, 1, 'b'), run(2, 1, 1, 'a'), run(3, 1, 1, 'a')]).map(r => r.name)).toEqual(['a', 'b', 'a (2)', 'a (3)']);
});

test('places over epochs count passes over the run\'s own images', () => {
  expect(Array.from(chartData(linesOf(losses!, [run(0, 3, 1)]), { ...look, axis: 'epoch' })[0])).toEqual([0.5, 1, 1.5]);
});

test('a logarithmic axis leaves gaps at what isn\'t above 0', () => {
  const history = new History();
  for (const [i, kl] of [0.5, 0, -1, 2].entries()) history.push(exampleReport(i + 1, { kl }));
  const shown = { ...run(0, 0, 1), history };
  expect(Array.from(chartData(linesOf(signCharts()[0]!, [shown]), { ...look, log: true })[1]!)).toEqual([0.5, null, null, 2]);
});

test('under a crosshair lies the nearest step of each run, and nothing beyond a run\'s end', () => {
  const shown = run(1, 4, 0.5);
  expect([null, 0, 0.5, 0.7, 0.8, 2, 2.1].map(x => rowAt(shown, 'time', x))).toEqual([3, 0, 0, 0, 1, 3, null]);
  expect(rowAt({ ...shown, history: new History() }, 'time', 1)).toBeNull();
  const [line] = linesOf(losses!, [shown]);
  expect([valueOf(line!, 2), valueOf(line!, null)]).toEqual([1.5, NaN]);
});

test('the numbers of a chart as a file: of one run, and of several by name', () => {
  expect(chartCsv(linesOf(losses!, [run(0, 2, 3)]))).toBe('step,epoch,elapsed,loss,dino,ibot\r\n1,0.5,3,0.5,1,2\r\n2,1,6,1,1,2\r\n');
  expect(chartCsv(linesOf(agreement, [run(0, 2, 3, 'a'), run(1, 1, 1, 'b, c')]))).toBe('run,step,epoch,elapsed,agreement\r\na,1,0.5,3,0.01\r\na,2,1,6,\r\n"b, c",1,0.5,1,0.01\r\n');
});
