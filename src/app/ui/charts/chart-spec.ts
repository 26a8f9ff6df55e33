import type { Config } from '#contract/config.ts';
import type { Metric } from '#app/store/history.ts';
import type { Colour } from './lines.ts';

export interface Curve {
  label: string;
  metric: Metric | null;
  /** For a line that is no metric: its one value. */
  level?: number;
  colour: Colour;
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

/** The losses first. */
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
      id: 'entropy', title: 'Teacher entropy', unit: 'nats', smoothed: true, height: 150,
      curves: [
        { label: 'Each view', metric: 'teacherEntropy', colour: 2 }, { label: 'Their mean', metric: 'meanEntropy', colour: 4 },
        { label: 'ln K', metric: null, level: lnK, colour: 3 },
      ],
    },
    { id: 'gradient', title: 'Gradient norm', single: true, smoothed: true, height: 150, curves: [{ label: 'Norm', metric: 'gradNorm', colour: 2 }] },
  ];
}

/** The numbers that say whether a network learns, of which the panel "Is it learning?" tells what is healthy. */
export function signCharts(): ChartSpec[] {
  return ([
    ['kl', 'KL, teacher to student', 'nats'], ['prototypesUsed', 'Prototypes in use', undefined],
    ['agreement', 'Agreement of views', undefined], ['featureSpread', 'Spread of features', undefined],
  ] as const).map(([metric, title, unit]) => ({
    id: metric, title, ...(unit ? { unit } : {}), single: true, smoothed: true, height: 92, curves: [{ label: title, metric, colour: 2 }],
  }));
}

/** A chart for each curve, so that each run has one line in it. */
export function oneEach(charts: readonly ChartSpec[]): ChartSpec[] {
  return charts.flatMap(({ id, title, unit, single, smoothed, curves }) => curves.filter(c => c.metric !== null).map(curve => ({
    id: single ? id : curve.metric!, title: single ? title : `${title}: ${curve.label.toLowerCase()}`, ...(unit ? { unit } : {}), curves: [curve], single: true, smoothed, height: 150,
  })));
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

/** Each over the whole range that the runs will go through, so that their course so far shows in proportion. */
export function scheduleCharts(configs: readonly Config[]): ChartSpec[] {
  const ends = (pairs: readonly (readonly [number, number])[]) => [Math.min(...pairs.flat()), Math.max(...pairs.flat())] as const;
  return ([
    ['lr', 'Learning rate', [0, Math.max(...configs.map(c => Math.max(c.lr, c.lrFinal)))]],
    ['momentum', 'Teacher momentum', ends(configs.map(c => c.momentum))],
    ['teacherTemp', 'Teacher temperature', ends(configs.map(c => c.teacherTemp))],
    ['weightDecay', 'Weight decay', ends(configs.map(c => c.weightDecay))],
  ] as const).map(([metric, label, range]) => ({
    id: metric, title: label, range, single: true, smoothed: false, height: 92, curves: [{ label, metric, colour: 2 }],
  }));
}
