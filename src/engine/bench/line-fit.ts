import type { Fit } from './records.ts';

/** The straight line y = intercept + slope x by least squares, and the largest distance from it over the largest y. At least two different x. */
export function lineFit(x: readonly number[], y: readonly number[]): Fit {
  const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope = x.reduce((sum, v, i) => sum + (v - mx) * (y[i]! - my), 0) / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
  const intercept = my - slope * mx;
  const residual = Math.max(...x.map((v, i) => Math.abs(y[i]! - intercept - slope * v))) / Math.max(...y);
  return { intercept, slope, residual };
}
