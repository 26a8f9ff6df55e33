import { clock, whole } from '#app/ui/common/format.ts';
import type { XAxis } from '#app/store/charts-slice.ts';

/** Labels of an axis: all with the decimals that tell neighbours apart, with exponents where plain numbers grow long. */
export function tickLabels(ticks: readonly number[]): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  const gap = Math.min(...ticks.slice(1).map((v, i) => v - ticks[i]!));
  if (largest > 0 && (largest < 1e-3 || largest >= 1e5)) {
    return ticks.map(v => (v === 0 ? '0' : v.toExponential(Math.abs(v) >= 10 * gap ? 1 : 0).replace('e+', 'e')));
  }
  const decimals = Number.isFinite(gap) ? [0, 1, 2, 3, 4, 5, 6].find(d => isWhole(gap * 10 ** d)) ?? 6 : 3;
  return ticks.map(v => v.toFixed(decimals).replace('-', '\u2212'));
}

const isWhole = (v: number): boolean => Math.abs(v - Math.round(v)) < 1e-6 * Math.max(1, Math.abs(v)) && Math.round(v) > 0;

/** Ticks of a logarithmic axis: powers of ten with their doubles and fives, or, within less than a decade, evenly spaced round numbers. */
export function logTicks(min: number, max: number): number[] {
  if (max / min < 10) {
    const rough = (max - min) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const gap = power * [1, 2, 5, 10].find(n => n * power >= rough)!;
    return Array.from({ length: Math.floor(max / gap) - Math.ceil(min / gap) + 1 }, (_, i) => (Math.ceil(min / gap) + i) * gap);
  }
  const decades = Math.log10(max / min);
  const within = decades > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
    for (const n of within) if (n * 10 ** power >= min && n * 10 ** power <= max) ticks.push(Number(`${n}e${power}`));
  }
  return ticks;
}

/** A place on the horizontal axis, in words. */
export function placeWords(axis: XAxis, x: number): string {
  if (axis === 'step') return `step ${whole(x)}`;
  return axis === 'epoch' ? `epoch ${x.toFixed(x < 10 ? 2 : 1)}` : clock(x);
}
