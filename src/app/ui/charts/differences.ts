import { type Config, CONFIG_KEYS, type ConfigKey, OPTIONS } from '#contract/config.ts';

export interface Difference { key: ConfigKey; label: string; values: Config[ConfigKey][] }

/** The options in which configurations differ, in the order of the form; of each its value in every one. */
export const differences = (configs: readonly Config[]): Difference[] =>
  CONFIG_KEYS.filter(key => new Set(configs.map(config => String(config[key]))).size > 1)
    .map(key => ({ key, label: OPTIONS[key].label, values: configs.map(config => config[key]) }));
