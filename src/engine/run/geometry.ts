/** Where a place of one view of an image lies in another. */
import type { ViewParams } from '#engine/data/views.ts';

/**
 * For each patch of view a the patch of view b that shows the same place, by its centre; null where b doesn't show it.
 * Both have grid * grid patches.
 */
export function samePlaces(a: ViewParams, b: ViewParams, grid: number): (number | null)[] {
  return Array.from({ length: grid * grid }, (_, p) => {
    const [v, u] = [(Math.floor(p / grid) + 0.5) / grid, (p % grid + 0.5) / grid];
    const x = a.crop.left + (a.flip ? 1 - u : u) * a.crop.width;
    const y = a.crop.top + v * a.crop.height;
    const along = (x - b.crop.left) / b.crop.width;
    const [s, t] = [b.flip ? 1 - along : along, (y - b.crop.top) / b.crop.height];
    if (s < 0 || s >= 1 || t < 0 || t >= 1) return null;
    return Math.floor(t * grid) * grid + Math.floor(s * grid);
  });
}

/** Whether two patches are the same or touch, be it by a corner. */
export function touches(a: number, b: number, grid: number): boolean {
  return Math.abs(a % grid - b % grid) <= 1 && Math.abs(Math.floor(a / grid) - Math.floor(b / grid)) <= 1;
}
