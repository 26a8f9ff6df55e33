import { type AttentionMaps, type ComponentMaps, type DeviceReport, GUEST, type MatchMaps, type NearestPatches, type SimilarityMaps } from '#contract/trainer.ts';
import { toFailure, trainer, type Failure } from './client.ts';
import { CHOICES, type Choices, patchOf, together } from './looking.ts';
import type { Slice } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';
export interface Alert extends Failure { id: number; times: number }

const THEME_KEY = 'glimpse.theme';
const MOST_ALERTS = 5;
/** Images beside the chosen one in the views of several. */
export const BESIDE = 5;

/** What the tabs show; null until there is an answer. */
export interface Views {
  attention: AttentionMaps | null;
  similarity: SimilarityMaps | null;
  parts: ComponentMaps | null;
  matches: MatchMaps | null;
  nearest: NearestPatches | null;
}

export const NO_VIEWS: Views = { attention: null, similarity: null, parts: null, matches: null, nearest: null };

export interface ViewSlice extends Views {
  /** null until the worker has answered. */
  device: DeviceReport | null;
  alerts: Alert[];
  theme: Theme;
  /** Weight of the past in the smoothed curves, 0 to 0.99. */
  smoothing: number;
  choices: Choices;
  /** Name of the picture that isn't part of the dataset; null where there is none. */
  guest: string | null;
  /** Rises with every such picture. */
  guestVersion: number;
  /** The search for patches under way, in images. */
  search: { done: number; total: number } | null;

  setDevice(device: DeviceReport): void;
  addFailure(failure: Failure): void;
  dismiss(id: number): void;
  setTheme(theme: Theme): void;
  setSmoothing(smoothing: number): void;
  choose(change: Partial<Choices>): void;
  /**
   * Asks for what the chosen tab shows. Resolves with what that cost in milliseconds, null where it failed. One request is
   * under way at most.
   */
  updateView(): Promise<number | null>;
  /** Looks at a picture that doesn't belong to the dataset. */
  look(file: File): Promise<void>;
  setSearch(done: number, total: number): void;
  findNearest(): Promise<void>;
  cancelNearest(): void;
}

export const createViewSlice: Slice<ViewSlice> = (set, get) => {
  let alertId = 0;
  let searches = 0;
  let asking: Promise<number | null> | null = null;
  let next: Promise<number | null> | null = null;
  const fail = (error: unknown) => get().addFailure(toFailure(error));

  /** Asks for one view and says where it belongs. */
  async function view(): Promise<Partial<Views> & { costMs: number }> {
    const { dataset, imageIndex, choices: { tab, block, patch, beside, onlyForeground, swapped, pair, seed }, runConfig, config } = get();
    const { depth, imageSize, patchSize } = runConfig ?? config;
    const grid = Math.max(1, Math.floor(imageSize / patchSize));
    const images = together(imageIndex, beside, dataset?.count ?? 0, BESIDE);
    switch (tab) {
      case 'attention': {
        const attention = await trainer().attention(imageIndex, Math.min(block ?? depth - 1, depth - 1), patch === null ? 0 : 1 + patchOf(patch, grid));
        return { attention, costMs: attention.costMs };
      }
      case 'similarity': {
        const similarity = await trainer().similarity(images, patchOf(patch, grid));
        return { similarity, costMs: similarity.costMs };
      }
      case 'parts': {
        const parts = await trainer().components(images, onlyForeground, swapped);
        return { parts, costMs: parts.costMs };
      }
      case 'matches': {
        const matches = await trainer().matches(imageIndex, pair === 'views' ? null : images[1] ?? imageIndex, seed);
        return { matches, costMs: matches.costMs };
      }
    }
  }

  async function ask(): Promise<number | null> {
    const { dataset, datasetVersion, imageIndex } = get();
    if (imageIndex !== GUEST && !dataset?.count) return 0;
    try {
      await trainer().lookAt(get().at);
      const { costMs, ...answer } = await view();
      if (get().datasetVersion === datasetVersion) set(answer);
      return costMs;
    } catch (error) {
      fail(error);
      return null;
    }
  }

  return {
    ...NO_VIEWS,
    device: null, alerts: [], theme: storedTheme(), smoothing: 0.6, choices: CHOICES, guest: null, guestVersion: 0, search: null,

    setDevice: device => {
      set({ device });
      get().recallRate(device.name);
    },

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
    choose: change => set(s => ({ choices: { ...s.choices, ...change } })),

    updateView: () => {
      const run = () => (asking = ask().finally(() => { asking = null; }));
      if (!asking) return run();
      // Requests made during another become one: it reads the choices as they are when its turn comes.
      next ??= asking.then(() => {
        next = null;
        return run();
      });
      return next;
    },

    look: async file => {
      try {
        await trainer().look(file.name, file);
        set(s => ({ guest: file.name, guestVersion: s.guestVersion + 1, imageIndex: GUEST, nearest: null }));
      } catch (error) {
        const { name, message } = toFailure(error);
        get().addFailure({ name, message: `"${file.name}" can't be looked at: ${message}` });
      }
    },

    setSearch: (done, total) => { if (get().search) set({ search: { done, total } }); },

    findNearest: async () => {
      const { similarity, imageIndex, dataset, datasetVersion } = get();
      if (!similarity || !dataset?.count) return;
      const mine = ++searches;
      set({ search: { done: 0, total: dataset.count } });
      try {
        await trainer().lookAt(get().at);
        const nearest = await trainer().nearest(imageIndex, similarity.patch);
        if (nearest && get().datasetVersion === datasetVersion) set({ nearest });
      } catch (error) {
        fail(error);
      } finally {
        // Another search may have taken its place.
        if (mine === searches) set({ search: null });
      }
    },

    cancelNearest: () => { trainer().cancelNearest().catch(fail); },
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
