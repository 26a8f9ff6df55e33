/** What a chart draws: a line per curve of one run, or per run where several are shown, and the numbers of each. */
import uPlot from 'uplot';
import type { Config } from '#contract/config.ts';
import type { XAxis } from '#app/store/charts-slice.ts';
import type { History, Metric } from '#app/store/history.ts';
import type { ChartSpec } from './chart-spec.ts';
import { gaps, pointsOf, rowOf, smooth } from './smooth.ts';

/** A run whose curves are drawn. `line` says how, 0 for the run in memory. */
export interface Shown { id: string; name: string; config: Config; images: number; history: History; line: number }

/** Colours of the palette. */
export type Colour = 1 | 2 | 3 | 4 | 5;

export interface Line {
  label: string;
  colour: Colour;
  /** Lengths of strokes and gaps, px; none is a whole line. */
  dash: readonly number[];
  run: Shown;
  metric: Metric | null;
  /** For a line that is no metric: its one value. */
  level: number;
  smoothed: boolean;
}

/** How the curves of several runs are told apart besides their colour. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 5]];
const LEVEL: readonly number[] = [5, 5];
/** Of one run in one chart: more than screens have columns, and few enough to be drawn in a moment. */
const MOST_POINTS = 2000;

/** Runs that began in the same minute have the same name until somebody gives them others. */
export function toldApart(runs: readonly Shown[]): Shown[] {
  const count = new Map<string, number>();
  return runs.map(run => {
    const n = (count.get(run.name) ?? 0) + 1;
    count.set(run.name, n);
    return n > 1 ? { ...run, name: `${run.name} (${n})` } : run;
  });
}

export function linesOf(spec: ChartSpec, runs: readonly Shown[]): Line[] {
  const [run] = runs;
  if (!run) return [];
  const { smoothed } = spec;
  if (runs.length > 1) {
    const metric = spec.curves[0]!.metric;
    return runs.map(r => ({ label: r.name, colour: (r.line + 1) as Colour, dash: DASHES[r.line]!, run: r, metric, level: NaN, smoothed }));
  }
  return spec.curves.map(c => ({
    label: c.label, colour: c.colour, dash: c.metric === null ? LEVEL : [], run, metric: c.metric, level: c.level ?? NaN, smoothed: smoothed && c.metric !== null,
  }));
}

/** Where a row of a run is on the horizontal axis. */
export function placeOf({ history, config, images }: Shown, axis: XAxis): (row: number) => number {
  const steps = history.column('step');
  if (axis === 'step') return row => steps[row]!;
  if (axis === 'epoch') return row => steps[row]! * config.batchSize / Math.max(1, images);
  const elapsed = history.column('elapsed');
  return row => elapsed[row]!;
}

/** The row of a run that lies nearest to a place; its last where there is none; null beyond its end. */
export function rowAt(run: Shown, axis: XAxis, x: number | null): number | null {
  const last = run.history.length - 1;
  if (last < 0) return null;
  if (x === null) return last;
  const place = placeOf(run, axis);
  if (x > place(last)) return null;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (place(middle) < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - place(low - 1) < place(low) - x ? low - 1 : low;
}

/** A line's value in a row. */
export const valueOf = ({ run, metric, level }: Line, row: number | null): number =>
  metric === null ? level : row === null ? NaN : run.history.column(metric)[row] ?? NaN;

/** What each series of `chartData` after the places is: which line, and whether it is the raw one behind a smoothed. */
export const drawn = (lines: readonly Line[]): { line: Line; faint: boolean }[] =>
  lines.flatMap(line => (line.smoothed ? [{ line, faint: true }, { line, faint: false }] : [{ line, faint: false }]));

/** [places, then per line: raw (where smoothed), shown]. A logarithmic axis has no place for what isn't above 0. */
export function chartData(lines: readonly Line[], { axis, smoothing, log }: { axis: XAxis; smoothing: number; log: boolean }): uPlot.AlignedData {
  const above = (values: (number | null)[]) => (log ? values.map(v => (v !== null && v > 0 ? v : null)) : values);
  const runs = [...new Set(lines.map(line => line.run))];
  const tables = runs.map((run): uPlot.AlignedData => {
    const { length } = run.history;
    const place = placeOf(run, axis);
    const stride = Math.ceil(length / MOST_POINTS) || 1;
    const series = lines.filter(line => line.run === run).flatMap(({ metric, level, smoothed }) => {
      if (metric === null) return [new Array<number | null>(pointsOf(length, stride)).fill(level)];
      const values = run.history.column(metric);
      return smoothed ? [gaps(values, stride), smooth(values, smoothing, stride)] : [gaps(values, stride)];
    });
    return [Array.from({ length: pointsOf(length, stride) }, (_, point) => place(rowOf(point, length, stride))), ...series.map(above)];
  });
  // Where another run has a place and this one doesn't, its curve goes on: uPlot tells that from a gap.
  return tables.length > 1 ? uPlot.join(tables) : tables[0] ?? [[]];
}
