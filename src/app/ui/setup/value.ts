import { type Config, type ConfigKey, OPTIONS, preset, type Problem } from '#contract/config.ts';

/** The number that a text stands for; NaN where it stands for none. */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed === '' ? NaN : Number(trimmed);
}

/** A value as it is typed: 0.00001 as 1e-5, none for null, pairs with a comma. */
export function valueText(value: Config[ConfigKey]): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'string') return value;
  if (Number.isNaN(value)) return '';
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
}

/** What is wrong with one option; undefined when nothing is. */
export const problemOf = (key: ConfigKey, problems: Problem[]): string | undefined => problems.find(p => p.key === key)?.message;

/** What the preset has, and what is allowed. */
export function rangeText(key: ConfigKey, presetName: string): string {
  const option = OPTIONS[key];
  const bound = (n: number) => (n >= 10_000 ? n.toLocaleString('en') : valueText(n));
  const range = 'min' in option ? `, allowed ${bound(option.min)} to ${bound(option.max)}${'nullable' in option && option.nullable ? ' or none' : ''}` : '';
  return `Preset: ${valueText(preset(presetName)[key])}${range}.`;
}
