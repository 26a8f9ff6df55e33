import type { Config } from '#contract/config.ts';
import { history, type Metric } from '#app/store/history.ts';
import { gaps, smooth } from './smooth.ts';

export interface Curve {
  label: string;
  metric: Metric | null;
  /** For a line that is no metric: its one value. */
  level?: number;
  /** 1 to 4: which colour of the palette. */
  colour: 1 | 2 | 3 | 4;
}

export interface ChartSpec {
  id: string;
  title: string;
  unit?: string;
  curves: Curve[];
  /** A sentence beneath the plot. */
  note?: string;
  /** Values that the plot spans however few there are; by default those that there are. */
  range?: readonly [number, number];
  /** One metric, that the title names already. */
  single?: boolean;
  /** Draws the raw values faintly and the smoothed ones over them. */
  smoothed: boolean;
  height: number;
}

export function mainCharts(config: Config): ChartSpec[] {
  const losses: Curve[] = [
    { label: 'Total', metric: 'loss', colour: 1 },
    { label: 'Class token', metric: 'dino', colour: 2 },
    { label: 'Patch', metric: 'ibot', colour: 3 },
  ];
  if (config.koleoWeight > 0) losses.push({ label: 'KoLeo', metric: 'koleo', colour: 4 });
  const lnK = Math.log(config.prototypes);
  return [
    { id: 'losses', title: 'Losses', curves: losses, note: totalOf(config), smoothed: true, height: 230 },
    {
      id: 'entropy', title: 'Teacher entropy', unit: 'nats', single: true, smoothed: true, height: 150,
      curves: [{ label: 'Entropy', metric: 'teacherEntropy', colour: 2 }, { label: 'ln K', metric: null, level: lnK, colour: 3 }],
    },
    { id: 'gradient', title: 'Gradient norm', single: true, smoothed: true, height: 150, curves: [{ label: 'Norm', metric: 'gradNorm', colour: 2 }] },
  ];
}

/** How the total is made, e.g. "Total = class token + 0.2 × patch. In nats." */
export function totalOf(config: Config): string {
  const terms = [
    ['class token', config.dinoWeight, config.dinoRamp], ['patch', config.ibotWeight, config.ibotRamp], ['KoLeo', config.koleoWeight, config.koleoRamp],
  ] as const;
  const used = terms.filter(([, weight]) => weight > 0);
  const sum = used.map(([name, weight]) => (weight === 1 ? name : `${weight} × ${name}`)).join(' + ');
  const ramped = used.some(([, , ramp]) => ramp[1] > 0) ? ', each once its ramp is over' : '';
  return `Total = ${sum}${ramped}. In nats.`;
}

/** Each over the whole range that the run will go through, so that its course so far shows in proportion. */
export function scheduleCharts(config: Config): ChartSpec[] {
  const ends = ([a, b]: readonly [number, number]) => [Math.min(a, b), Math.max(a, b)] as const;
  return ([
    ['lr', 'Learning rate', [0, Math.max(config.lr, config.lrFinal)]],
    ['momentum', 'Teacher momentum', ends(config.momentum)],
    ['teacherTemp', 'Teacher temperature', ends(config.teacherTemp)],
    ['weightDecay', 'Weight decay', ends(config.weightDecay)],
  ] as const).map(([metric, label, range]) => ({
    id: metric, title: label, range, single: true, smoothed: false, height: 92, curves: [{ label, metric, colour: 2 }],
  }));
}

type Values = (number | null)[];

/** [steps, then per curve: raw (where smoothed), shown]. The order of `drawn`. */
export function chartData(spec: ChartSpec, smoothing: number): [number[], ...Values[]] {
  const steps = Array.from(history.column('step'));
  const series: Values[] = [];
  for (const { metric, level } of spec.curves) {
    if (metric === null) series.push(new Array<number | null>(steps.length).fill(level ?? null));
    else {
      const values = history.column(metric);
      if (spec.smoothed) series.push(gaps(values), smooth(values, smoothing));
      else series.push(gaps(values));
    }
  }
  return [steps, ...series];
}

/** What each data series after the steps is: which curve, and whether it is the faint one. */
export function drawn(spec: ChartSpec): { curve: Curve; faint: boolean; dashed: boolean }[] {
  return spec.curves.flatMap(curve => {
    const shown = { curve, faint: false, dashed: curve.metric === null };
    return spec.smoothed && curve.metric !== null ? [{ curve, faint: true, dashed: false }, shown] : [shown];
  });
}
