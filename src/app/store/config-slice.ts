import { OPTIONS, preset, PRESETS, validate, type Config, type ConfigKey, type Problem } from '#contract/config.ts';
import type { CostEstimate } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import type { Slice } from './store.ts';

export interface ConfigSlice {
  presetName: string;
  /** As the form stands; a run keeps the copy that it was started with. */
  config: Config;
  problems: Problem[];
  /** Of `config`; null while it is wrong or not known yet. */
  estimate: CostEstimate | null;

  choosePreset(name: string): void;
  setOption<K extends ConfigKey>(key: K, value: Config[K]): void;
  /** Of the form as it stands; an answer that comes after a further change is dropped. */
  updateEstimate(config: Config): Promise<void>;
}

export const createConfigSlice: Slice<ConfigSlice> = (set, get) => ({
  presetName: PRESETS[0]!.name,
  config: preset(PRESETS[0]!.name),
  problems: [],
  estimate: null,

  choosePreset: name => {
    const config = preset(name);
    set({ presetName: name, config, problems: problemsOf(config) });
  },

  setOption: (key, value) => {
    const config = { ...get().config, [key]: value };
    set({ config, problems: problemsOf(config) });
  },

  updateEstimate: async config => {
    if (get().problems.length > 0) {
      set({ estimate: null });
      return;
    }
    try {
      const estimate = await trainer().estimate(config);
      if (get().config === config) set({ estimate });
    } catch (error) {
      if (get().config !== config) return;
      set({ estimate: null });
      get().addFailure(toFailure(error));
    }
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

/** Whether two configurations would run the same. */
export function sameConfig(a: Config, b: Config): boolean {
  return (Object.keys(a) as ConfigKey[]).every(key => String(a[key]) === String(b[key]));
}
