/** Numbers as people read them. English throughout, as the page is. */

export const whole = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 0 });

/** About `digits` significant digits, exponents only where they help. */
export function figure(n: number, digits = 4): string {
  if (!Number.isFinite(n)) return Number.isNaN(n) ? 'not a number' : n > 0 ? 'infinite' : '-infinite';
  if (n === 0) return '0';
  const size = Math.abs(n);
  if (size >= 1e6 || size < 1e-3) return n.toExponential(2).replace('e+', 'e');
  if (size >= 10 ** digits) return whole(n);
  return n.toLocaleString('en', { maximumSignificantDigits: digits, minimumSignificantDigits: digits, useGrouping: false });
}

/** A dash where there is no number: not measured, or not known to the program that made it. */
export const figureOrDash = (n: number, digits = 4): string => (Number.isNaN(n) ? '–' : figure(n, digits));

/** A share of 1 as percent. */
export const percent = (share: number, digits = 1): string => (share === 0 ? '0 %' : `${(share * 100).toFixed(digits)} %`);

/** 0:07, 12:30, 3:05:00. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const pad = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(s % 60)}` : `${minutes}:${pad(s % 60)}`;
}

/** "40 seconds", "3 minutes", "5 hours", "2 days". */
export function span(seconds: number): string {
  const of = (n: number, unit: string) => {
    const rounded = n < 3 && unit !== 'second' ? Math.round(n * 2) / 2 : Math.round(n);
    return `${rounded} ${unit}${rounded === 1 ? '' : 's'}`;
  };
  if (seconds < 90) return of(Math.max(1, seconds), 'second');
  if (seconds < 5400) return of(seconds / 60, 'minute');
  if (seconds < 36 * 3600) return of(seconds / 3600, 'hour');
  return of(seconds / 86400, 'day');
}

const scaled = (n: number, base: number, units: readonly string[]): string => {
  let unit = 0;
  while (n >= base && unit < units.length - 1) {
    n /= base;
    unit++;
  }
  return `${n >= 100 || Number.isInteger(n) ? Math.round(n) : n.toPrecision(n >= 10 ? 3 : 2)} ${units[unit]!}`.trim();
};

export const bytes = (n: number): string => scaled(n, 1024, ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']);
export const flop = (n: number): string => scaled(n, 1000, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP']);
export const count = (n: number): string => scaled(n, 1000, ['', 'thousand', 'million', 'billion']);
