type Values = ArrayLike<number | null | undefined>;

export interface ExtentOptions { log: boolean; ignoreOutliers: boolean }

/** Looked at to find what is extreme: enough of long curves. */
const SAMPLES = 4000;
/** Of all values, so many lie beyond each end where outliers are left out. */
const OUTLYING = 0.03;
/** Fewer values have no outliers. */
const FEWEST = 20;

/** From where to where a vertical axis goes, with a little room; null where there is nothing to draw. */
export function extent(series: readonly Values[], { log, ignoreOutliers }: ExtentOptions): [number, number] | null {
  const total = series.reduce((n, values) => n + values.length, 0);
  const stride = ignoreOutliers ? Math.max(1, Math.ceil(total / SAMPLES)) : 1;
  const seen: number[] = [];
  let [min, max] = [Infinity, -Infinity];
  for (const values of series) {
    for (let i = (values.length - 1) % stride; i < values.length; i += stride) {
      const v = values[i];
      if (v === null || v === undefined || (log && v <= 0)) continue;
      min = Math.min(min, v);
      max = Math.max(max, v);
      if (ignoreOutliers) seen.push(v);
    }
  }
  if (min > max) return null;
  if (ignoreOutliers && seen.length >= FEWEST) {
    seen.sort((a, b) => a - b);
    const beyond = Math.floor(seen.length * OUTLYING);
    [min, max] = [seen[beyond]!, seen[seen.length - 1 - beyond]!];
  }
  return log ? roomyLog(min, max) : roomy(min, max);
}

/** Values nearer to each other than this, as a share of them, are one: smoothing rounds, and an axis so short would have ticks without end. */
const ONE = 1e-6;

/** With a little room around, and from 0 where that is near. */
export function roomy(min: number, max: number): [number, number] {
  if (max - min <= ONE * Math.max(Math.abs(min), Math.abs(max))) {
    const room = Math.abs(min) * 0.1 || 1;
    return [min - room, max + room];
  }
  const room = (max - min) * 0.06;
  return [min >= 0 && min < room ? 0 : min - room, max + room];
}

function roomyLog(min: number, max: number): [number, number] {
  const room = Math.max(1.02, (max / min) ** 0.06);
  return [min / room, max * room];
}
