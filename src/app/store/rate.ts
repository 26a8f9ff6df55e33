/** How fast this device trained the last time, kept in this browser: from it the time of a run is told before it starts. */

/** Floating-point operations a second. */
export interface Rate { device: string; flops: number }

const KEY = 'glimpse.rate';

/** Null where none is known, or it is another device's. */
export function storedRate(device: string): Rate | null {
  try {
    const rate = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Rate> | null;
    return rate?.device === device && typeof rate.flops === 'number' && rate.flops > 0 ? { device, flops: rate.flops } : null;
  } catch {
    // Storage can be forbidden, and what lies there can be anything.
    return null;
  }
}

export function storeRate(rate: Rate): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(rate));
  } catch {
    // It then lasts as long as the page.
  }
}
