import type { AttentionMaps, DeviceReport } from '#contract/trainer.ts';
import { toFailure, trainer, type Failure } from './client.ts';
import type { Slice } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';
export interface Alert extends Failure { id: number; times: number }

const THEME_KEY = 'glimpse.theme';
const MOST_ALERTS = 5;

export interface ViewSlice {
  /** null until the worker has answered. */
  device: DeviceReport | null;
  alerts: Alert[];
  theme: Theme;
  /** Weight of the past in the smoothed curves, 0 to 0.99. */
  smoothing: number;
  attention: AttentionMaps | null;
  /** Counted from 0; null is the last block of the network. */
  block: number | null;

  setDevice(device: DeviceReport): void;
  addFailure(failure: Failure): void;
  dismiss(id: number): void;
  setTheme(theme: Theme): void;
  setSmoothing(smoothing: number): void;
  setBlock(block: number | null): void;
  /** Asks for the maps of the chosen image and block. False where it failed. One request is under way at most. */
  updateAttention(): Promise<boolean>;
}

export const createViewSlice: Slice<ViewSlice> = (set, get) => {
  let alertId = 0;
  let asking: Promise<boolean> | null = null;
  let next: Promise<boolean> | null = null;

  async function ask(): Promise<boolean> {
    const { dataset, datasetVersion, imageIndex, block, runConfig, config } = get();
    if (!dataset || dataset.count === 0) return true;
    const last = (runConfig ?? config).depth - 1;
    try {
      const attention = await trainer().attention(imageIndex, Math.min(block ?? last, last));
      if (get().datasetVersion === datasetVersion) set({ attention });
      return true;
    } catch (error) {
      get().addFailure(toFailure(error));
      return false;
    }
  }

  return {
    device: null, alerts: [], theme: storedTheme(), smoothing: 0.6, attention: null, block: null,

    setDevice: device => set({ device }),

    addFailure: ({ name, message }) => set(s => {
      const known = s.alerts.find(a => a.message === message);
      if (known) return { alerts: s.alerts.map(a => a === known ? { ...a, times: a.times + 1 } : a) };
      return { alerts: [...s.alerts, { id: ++alertId, name, message, times: 1 }].slice(-MOST_ALERTS) };
    }),

    dismiss: id => set(s => ({ alerts: s.alerts.filter(a => a.id !== id) })),

    setTheme: theme => {
      set({ theme });
      try {
        localStorage.setItem(THEME_KEY, theme);
      } catch {
        // Storage can be forbidden: the choice then lasts as long as the page.
      }
    },

    setSmoothing: smoothing => set({ smoothing }),
    setBlock: block => set({ block }),

    updateAttention: () => {
      const run = () => (asking = ask().finally(() => { asking = null; }));
      if (!asking) return run();
      // Requests made during another become one: it reads the choices as they are when its turn comes.
      next ??= asking.then(() => {
        next = null;
        return run();
      });
      return next;
    },
  };
};

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
