import { CONFIG_KEYS, OPTIONS, preset, PRESETS, validate, type Config, type ConfigKey, type Problem } from '#contract/config.ts';
import type { CostEstimate } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { readLink } from './link.ts';
import { isLive } from './run-slice.ts';
import type { Slice } from './store.ts';

export interface ConfigSlice {
  presetName: string;
  /** As the form stands; a run keeps the copy that it was started with. */
  config: Config;
  problems: Problem[];
  /** Of `config`; null while it is wrong or not known yet. */
  estimate: CostEstimate | null;
  /** Whether the GPU has room for `config`, by trying; null while that isn't known. */
  room: Room | null;
  /** The settings came with a link, and none was changed since. */
  linked: boolean;

  choosePreset(name: string): void;
  setOption<K extends ConfigKey>(key: K, value: Config[K]): void;
  /** Of the form as it stands; an answer that comes after a further change is dropped. */
  updateEstimate(config: Config): Promise<void>;
  /** Allocates what a step needs, in smaller and smaller pieces, until it fits, and frees it again. */
  tryRoom(): Promise<void>;
  /** Takes over what a link's fragment asks for; false where it is no such link. What can't be used becomes an alert. */
  takeLink(fragment: string): boolean;
}

/** The largest micro-batch that fits; null where none does. */
export interface Room { microBatch: number | null }

/** Parts of a link that an alert names. */
const NAMED = 5;

export const createConfigSlice: Slice<ConfigSlice> = (set, get) => ({
  presetName: PRESETS[0]!.name,
  config: preset(PRESETS[0]!.name),
  problems: [],
  estimate: null,
  room: null,
  linked: false,

  choosePreset: name => {
    const config = preset(name);
    set({ presetName: name, config, problems: problemsOf(config), room: null, linked: false });
  },

  setOption: (key, value) => {
    const config = { ...get().config, [key]: value };
    set({ config, problems: problemsOf(config), room: null, linked: false });
  },

  updateEstimate: async config => {
    if (get().problems.length > 0) {
      set({ estimate: null });
      return;
    }
    try {
      const estimate = await trainer().estimate(config);
      if (get().config !== config) return;
      set({ estimate });
      const { device } = get();
      if (device?.ok && estimate.largestBuffer > Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize)) await get().tryRoom();
    } catch (error) {
      if (get().config !== config) return;
      set({ estimate: null });
      get().addFailure(toFailure(error));
    }
  },

  tryRoom: async () => {
    const { config, problems, runState } = get();
    // Beside a run it would say what is left, and could take it away.
    if (problems.length > 0 || isLive(runState)) return;
    try {
      const microBatch = await trainer().fittingMicroBatch(config);
      if (get().config === config) set({ room: { microBatch } });
    } catch (error) {
      get().addFailure(toFailure(error));
    }
  },

  takeLink: fragment => {
    const link = readLink(fragment);
    if (!link) return false;
    const { presetName, config, refused } = link;
    set({ presetName, config, problems: problemsOf(config), room: null, linked: true });
    if (refused.length > 0) {
      const more = refused.length > NAMED ? `; and ${refused.length - NAMED} more` : '';
      get().addFailure({ name: 'ConfigError', message: `Of the link's settings some can't be used: ${refused.slice(0, NAMED).join('; ')}${more}. They stay as in the preset.` });
    }
    return true;
  },
});

/** What is wrong with a form: as `validate` says it, but of a field that holds no number, what to write there. */
function problemsOf(config: Config): Problem[] {
  return validate(config).map(problem => {
    const option = OPTIONS[problem.key];
    const empty = [config[problem.key]].flat().some(Number.isNaN);
    return empty && 'min' in option ? { ...problem, message: `${option.label}: write a number from ${option.min} to ${option.max}.` } : problem;
  });
}

/** The options in which two configurations differ, in the order of the form. */
export const differing = (a: Config, b: Config): ConfigKey[] => CONFIG_KEYS.filter(key => String(a[key]) !== String(b[key]));

/** Whether two configurations would run the same. */
export const sameConfig = (a: Config, b: Config): boolean => differing(a, b).length === 0;
