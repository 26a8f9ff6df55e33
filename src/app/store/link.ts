/** Settings as a link: the preset and what differs from it, in the address's fragment, which browsers send to nobody. */
import { CONFIG_KEYS, parseSetting, preset, PRESETS, type Config } from '#contract/config.ts';
import { toFailure } from './client.ts';

export interface LinkedSettings {
  presetName: string;
  config: Config;
  /** What of the link can't be used, each with the reason. */
  refused: string[];
}

/** Of a link that somebody else may have made: so much is read, and so much of a part is quoted. */
const MOST_PARTS = 200;
const QUOTED = 80;

const settingText = (value: Config[keyof Config]): string => (value === null ? 'none' : String(value));

/** `page` with the settings, in place of a fragment that it has. */
export function linkOf(page: string, presetName: string, config: Config): string {
  const settings = new URLSearchParams({ preset: presetName });
  const before = preset(presetName);
  for (const key of CONFIG_KEYS) if (settingText(config[key]) !== settingText(before[key])) settings.set(key, settingText(config[key]));
  const url = new URL(page);
  url.hash = settings.toString().replaceAll('%2C', ',');
  return url.href;
}

/** What a fragment asks for; null where it isn't one of these links. Options that contradict each other are for `validate`. */
export function readLink(fragment: string): LinkedSettings | null {
  const parts = [...new URLSearchParams(fragment.replace(/^#/, ''))].slice(0, MOST_PARTS);
  const named = parts.find(([key]) => key === 'preset')?.[1];
  if (named === undefined && !parts.some(([key]) => CONFIG_KEYS.some(known => known === key))) return null;
  const refused: string[] = [];
  const found = PRESETS.find(p => p.name === named) ?? PRESETS[0]!;
  if (named !== undefined && found.name !== named) refused.push(`there is no preset "${named.slice(0, QUOTED)}"`);
  const config = preset(found.name);
  for (const [key, value] of parts) {
    if (key === 'preset') continue;
    try {
      Object.assign(config, parseSetting(`${key}=${value}`));
    } catch (error) {
      const known = CONFIG_KEYS.some(k => k === key);
      refused.push(known ? toFailure(error).message.replace(/\.$/, '').slice(0, 2 * QUOTED) : `there is no option "${key.slice(0, QUOTED)}"`);
    }
  }
  return { presetName: found.name, config, refused };
}
