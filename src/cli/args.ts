import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parseSetting, preset, PRESETS, validate, type Config } from '#contract/config.ts';
import { type BenchOptions, type Group, GROUPS } from '#engine/bench/records.ts';
import type { Adapter } from '#testing/chromium.ts';
import { UserError } from './user-error.ts';

export const PARITY_USAGE = `Usage: npm run parity -- FILE... [--adapter swiftshader|default]

Replays recorded training steps and compares every loss, logit, gradient, center and weight with the recording.
  --adapter   swiftshader computes on the processor, default on this machine's GPU; without it the GPU where one is found
Exit status: 0 within the bounds, 1 otherwise.`;

export const TRAIN_USAGE = `Usage: npm run -s train -- DIR|sample [options]

Trains on the images of DIR (a folder in it is a class) or on generated ones, and prints one line of JSON per step.
  --preset NAME     ${PRESETS.map(p => p.name).join(', ')} (default: ${PRESETS[0]?.name})
  --steps N         length of the run
  --seed N          seed of the run, and of the sample
  --set KEY=VALUE   any option of a run; may be repeated
  --knn DIR         labelled images: prints the nearest-neighbour accuracy before and after
  --evaluate        what the teacher knows, in percent, beside the untrained network and colour alone, before and after: nearest
                    neighbours and a linear probe where images have classes, parts and objects of the sample as well
  --images N        number of images of the sample (default: 256)
  --every N         prints each Nth step and the last (default: 1)
  --adapter NAME    swiftshader (the processor) or default (the GPU); without it the GPU where one is found`;

export const INGEST_USAGE = `Usage: npm run -s ingest -- DIR|ZIP [--page]

Reads a folder or a zip archive as the page does, without training, and prints one line of JSON per file:
  {"path", "fate": "used", "width", "height"}   px, upright, as in the file
  {"path", "fate": "skipped", "reason"}
  {"path", "fate": "ignored"}                   hidden, of the system, or no image by its name
The last line sums up: counts, seconds, the peak of the JavaScript heaps in bytes, the dataset's hash.
  --page   drops it on the built page instead and prints what that takes: time to the first thumbnails, longest task, heap`;

export const PROFILE_USAGE = `Usage: npm run profile -- [options]

Times one step on noise, kernel by kernel, against what the device is measured to do at best.
  --preset NAME     ${PRESETS.map(p => p.name).join(', ')} (default: ${PRESETS[0]?.name})
  --set KEY=VALUE   any option of a run; may be repeated
  --json FILE       writes the numbers there as well
  --adapter NAME    swiftshader (the processor) or default (the GPU); without it the GPU where one is found`;

export const BENCH_USAGE = `Usage: npm run bench -- [options]

Measures this device's peak and what share of it the kernels reach, whole steps and how they grow; writes JSON, Markdown and a picture.
  --only LIST       of ${GROUPS.join(',')} (default: all; with --peers: none)
  --tiles           times every usable tile of each product too
  --samples N       interleaved rounds, of which the fastest counts (default: 5)
  --peers           the same block and products on TensorFlow.js and jax-js in the same page, in turns with ours
  --node            in Node on Dawn instead of Chromium
  --bundle FILE     with --node: builds one file that \`node FILE\` runs elsewhere, beside the package webgpu; measures nothing
  --name NAME       of the files written (default: the runtime and the device)
  --out DIR         where they go (default: bench/results)
  --adapter NAME    swiftshader (the processor) or default (the GPU); without it the GPU where one is found
Exit status: 0, or 1 where the numbers of the frameworks disagree.`;

export interface BenchArgs {
  options: BenchOptions;
  peers: boolean; node: boolean;
  bundle: string | undefined; name: string | undefined; out: string;
  adapter: Adapter | undefined;
  help: boolean;
}

export interface ParityArgs { files: string[]; adapter: Adapter | undefined; help: boolean }

export interface TrainArgs {
  /** A directory, or 'sample'. */
  source: string;
  config: Config;
  knn: string | undefined;
  evaluate: boolean;
  images: number;
  every: number;
  adapter: Adapter | undefined;
  help: boolean;
}

export function parseStart(argv: string[]): { port: number } {
  const { values } = parse({ args: argv, options: { port: { type: 'string', default: '4173' } } }, 'Usage: npm start -- [--port N]');
  return { port: whole('port', values.port, 0, 65_535) };
}

export function parseScreenshot(argv: string[]): { steps: number; adapter: Adapter | undefined } {
  const { values } = parse({ args: argv, options: { steps: { type: 'string', default: '150' }, adapter: { type: 'string' } } }, 'Usage: npm run screenshot -- [--steps N] [--adapter swiftshader|default]');
  return { steps: whole('steps', values.steps, 1, 1500), adapter: adapterOf(values.adapter) };
}

/** Throws a UserError with the usage when there is no file. */
export function parseParity(argv: string[]): ParityArgs {
  const { values, positionals } = parse({ args: argv, allowPositionals: true, options: { adapter: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } }, PARITY_USAGE);
  if (!positionals.length && !values.help) throw new UserError(`No recording was given.\n\n${PARITY_USAGE}`);
  return { files: positionals, adapter: adapterOf(values.adapter), help: values.help };
}

/** Throws a UserError or a ConfigError that says what was expected. `--set` wins over `--steps` and `--seed`, those over the preset. */
export function parseTrain(argv: string[]): TrainArgs {
  const { values, positionals } = parse({
    args: argv,
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: PRESETS[0]?.name ?? '' },
      steps: { type: 'string' },
      seed: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      knn: { type: 'string' },
      evaluate: { type: 'boolean', default: false },
      images: { type: 'string' },
      every: { type: 'string', default: '1' },
      adapter: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }, TRAIN_USAGE);
  const [source = '', ...rest] = positionals;
  if (!values.help && !source) throw new UserError(`No folder was given.\n\n${TRAIN_USAGE}`);
  if (rest.length) throw new UserError(`One folder at a time: ${rest.join(', ')} is one too many.`);
  if (values.images !== undefined && source !== 'sample') throw new UserError('--images sets the size of the sample; it means nothing for a folder.');

  const settings = [...values.set];
  if (values.seed !== undefined) settings.unshift(`seed=${values.seed}`);
  if (values.steps !== undefined) settings.unshift(`steps=${values.steps}`);
  const config = configured(values.preset, settings);

  return {
    source, config, knn: values.knn, evaluate: values.evaluate, help: values.help,
    images: whole('images', values.images ?? '256', 1, 1_000_000),
    every: whole('every', values.every, 1, 1_000_000_000),
    adapter: adapterOf(values.adapter),
  };
}

/** Throws a UserError with the usage when there is not one folder or archive. */
export function parseIngest(argv: string[]): { source: string; page: boolean; help: boolean } {
  const { values, positionals } = parse({ args: argv, allowPositionals: true, options: { page: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } }, INGEST_USAGE);
  const [source = '', ...rest] = positionals;
  if (!values.help && !source) throw new UserError(`No folder or zip archive was given.\n\n${INGEST_USAGE}`);
  if (rest.length) throw new UserError(`One at a time: ${rest.join(', ')} is one too many.`);
  return { source, page: values.page, help: values.help };
}

/** Throws a UserError or a ConfigError that says what was expected. */
export function parseProfile(argv: string[]): { config: Config; json: string | undefined; adapter: Adapter | undefined; help: boolean } {
  const { values } = parse({
    args: argv,
    options: {
      preset: { type: 'string', default: PRESETS[0]?.name ?? '' },
      set: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      adapter: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }, PROFILE_USAGE);
  return { config: configured(values.preset, values.set), json: values.json, adapter: adapterOf(values.adapter), help: values.help };
}

/** Throws a UserError that says what was expected. */
export function parseBench(argv: string[]): BenchArgs {
  const { values } = parse({
    args: argv,
    options: {
      only: { type: 'string' },
      tiles: { type: 'boolean', default: false },
      samples: { type: 'string', default: '5' },
      peers: { type: 'boolean', default: false },
      node: { type: 'boolean', default: false },
      bundle: { type: 'string' },
      name: { type: 'string' },
      out: { type: 'string', default: 'bench/results' },
      adapter: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }, BENCH_USAGE);
  const { peers, node, bundle, name, out, adapter, help } = values;
  if (peers && node) throw new UserError('--peers runs in a browser page, --node without one: choose one of them.');
  if (bundle !== undefined && !node) throw new UserError('--bundle builds the benchmark for Node: write --node --bundle FILE.');
  if (node && adapter !== undefined) throw new UserError('--adapter chooses what Chromium computes on; in Node Dawn takes the first that the system offers.');
  if (name !== undefined && !/^[\w.-]+$/.test(name)) throw new UserError(`--name is "${name}", must be letters, digits, dots and dashes.`);
  const only = values.only === undefined ? peers ? [] : [...GROUPS] : groupsOf(values.only);
  return {
    options: { only, tiles: values.tiles, samples: whole('samples', values.samples, 1, 1000) },
    peers, node, bundle, name, out, help, adapter: adapterOf(adapter),
  };
}

function groupsOf(list: string): Group[] {
  return list.split(',').map(text => {
    const group = GROUPS.find(g => g === text.trim());
    if (!group) throw new UserError(`--only names "${text}", must be some of ${GROUPS.join(', ')}.`);
    return group;
  });
}

function configured(name: string, settings: readonly string[]): Config {
  const config: Config = Object.assign(preset(name), ...settings.map(parseSetting));
  const problems = validate(config);
  if (problems.length) throw new UserError(`These settings can't run:\n${problems.map(p => `  ${p.key}: ${p.message}`).join('\n')}`);
  return config;
}

function parse<T extends ParseArgsConfig>(config: T, usage: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (thrown) {
    const { code = '', message } = thrown as NodeJS.ErrnoException;
    if (!code.startsWith('ERR_PARSE_ARGS')) throw thrown;
    throw new UserError(`${message}\n\n${usage}`);
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UserError(`--${name} is "${text}", must be a whole number from ${min} to ${max}.`);
}

function adapterOf(text: string | undefined): Adapter | undefined {
  if (text === undefined || text === 'swiftshader' || text === 'default') return text;
  throw new UserError(`--adapter is "${text}", must be swiftshader or default.`);
}
