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
