/** Reads parsed JSON of unknown origin field by field. Every reader throws FormatError that names the field. */
import { CONFIG_KEYS, type Config, validate } from '#contract/config.ts';
import { FormatError } from '#formats/safetensors.ts';

export type Json = Record<string, unknown>;

export function refuse(why: string): never {
  throw new FormatError(`This is no run that Glimpse can read: ${why}. Use another checkpoint or copy of it.`);
}

export function parse(text: string, what: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(`${what} is no JSON`);
  }
  return record(value, what);
}

export function record(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${what} is no object`);
  return value as Json;
}

/** A run's id is also its folder's name. */
export const isRunId = (v: unknown): v is string => typeof v === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(v);

export function runId(o: Json, key: string): string {
  const value = own(o, key);
  return isRunId(value) ? value : refuse(`"${key}" is not made of 1 to 64 letters, digits, - and _`);
}

/** Longer names than this are refused. */
export const MAX_TEXT = 1000;

export function text(o: Json, key: string): string {
  const value = own(o, key);
  return typeof value === 'string' && value.length <= MAX_TEXT ? value : refuse(`"${key}" is no text of at most ${MAX_TEXT} letters`);
}

/** A finite number from 0. */
export function amount(o: Json, key: string): number {
  const value = own(o, key);
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : refuse(`"${key}" is no number from 0`);
}

/** A whole number within bounds, both included. */
export function whole(o: Json, key: string, min: number, max: number): number {
  const value = own(o, key);
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? value as number : refuse(`"${key}" is no whole number from ${min} to ${max}`);
}

export function list(o: Json, key: string, most: number): unknown[] {
  const value = own(o, key);
  return Array.isArray(value) && value.length <= most ? value as unknown[] : refuse(`"${key}" is no list of at most ${most}`);
}

/** A state of `Rng`: four whole numbers of 32 bits, not all 0 (that generator would give nothing but 0). */
export function rngState(o: Json, key: string): number[] {
  const value = list(o, key, 4);
  if (value.length !== 4 || !value.every(v => Number.isInteger(v) && (v as number) === ((v as number) | 0)) || value.every(v => v === 0)) {
    refuse(`"${key}" is no state of a random generator`);
  }
  return value as number[];
}

/**
 * What options that came after version 1 of the format stand at in files that lack them. Whoever adds an option to `Config`
 * adds here what the program did before; the frozen file of the tests asks for it.
 */
const BEFORE_THE_OPTION: Partial<Config> = { checkpointMinutes: 1 };

/** A configuration that `validate` takes; keys that are no option are left out. */
export function configuration(o: Json, key: string): Config {
  const given = record(own(o, key), `"${key}"`);
  const config: Json = { ...BEFORE_THE_OPTION };
  for (const name of CONFIG_KEYS) {
    if (!Object.hasOwn(given, name)) continue;
    // Before `validate` puts a value in a message: a list within lists has no text of bounded length.
    const flat = (v: unknown): boolean => v === null || typeof v !== 'object' && String(v).length <= MAX_TEXT;
    const value = given[name];
    if (!(flat(value) || Array.isArray(value) && value.length <= 3 && value.every(flat))) refuse(`the option "${name}" is no value or short list`);
    config[name] = value;
  }
  const [problem] = validate(config as unknown as Config);
  if (problem) refuse(`the option "${problem.key}" is not valid (${problem.message.replace(/\.$/, '')})`);
  return config as unknown as Config;
}

function own(o: Json, key: string): unknown {
  return Object.hasOwn(o, key) ? o[key] : undefined;
}
