import { describe, expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { parseBench, parseIngest, parseParity, parseScreenshot, parseStart, parseTrain } from './args.ts';

const failure = (run: () => unknown): Error => {
  try {
    run();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('Expected an error, and there was none.');
};

describe('train', () => {
  test('a folder alone trains with the first preset', () => {
    const args = parseTrain(['photos']);
    expect(args).toMatchObject({ source: 'photos', every: 1, knn: undefined, evaluate: false, adapter: undefined });
    expect(args.config).toEqual(preset('tiny'));
  });

  test('steps, seed and settings go over the preset, settings last', () => {
    const { config } = parseTrain(['sample', '--preset', 'balanced', '--steps', '10', '--seed', '3', '--set', 'steps=20', '--set', 'globalScale=0.5,1', '--set=layerScale=none']);
    expect(config).toEqual({ ...preset('balanced'), steps: 20, seed: 3, globalScale: [0.5, 1], layerScale: null });
  });

  test('images, every and the adapter', () => {
    expect(parseTrain(['sample', '--images', '12', '--every', '5', '--adapter', 'default'])).toMatchObject({ images: 12, every: 5, adapter: 'default' });
  });

  test('an evaluation takes no value', () => {
    expect(parseTrain(['sample', '--evaluate', '--steps', '3'])).toMatchObject({ source: 'sample', evaluate: true });
    expect(failure(() => parseTrain(['sample', '--evaluate=5'])).message).toContain('--evaluate');
  });

  test.each([
    [[], 'UserError', 'No folder was given'],
    [['a', 'b'], 'UserError', 'b is one too many'],
    [['a', '--stepps', '3'], 'UserError', "'--stepps'"],
    [['a', '--steps'], 'UserError', '--steps'],
    [['a', '--steps', '0'], 'ConfigError', 'must be from 1'],
    [['a', '--steps', 'ten'], 'ConfigError', 'steps'],
    [['a', '--seed', '-1'], 'UserError', '--seed'],
    [['a', '--preset', 'huge'], 'ConfigError', 'tiny, balanced'],
    [['a', '--set', 'speed=9'], 'ConfigError', 'no option "speed"'],
    [['a', '--set', 'imageSize=33'], 'UserError', 'imageSize: '],
    [['a', '--images', '3'], 'UserError', 'means nothing for a folder'],
    [['sample', '--images', '0'], 'UserError', '--images is "0"'],
    [['a', '--every', ''], 'UserError', '--every is ""'],
    [['a', '--adapter', 'cuda'], 'UserError', 'swiftshader or default'],
  ])('%j is refused', (argv, name, message) => {
    const error = failure(() => parseTrain(argv));
    expect(error.name).toBe(name);
    expect(error.message).toContain(message);
  });
});

describe('parity', () => {
  test('takes files and an adapter', () => {
    expect(parseParity(['a.safetensors', '--adapter', 'swiftshader', 'b'])).toEqual({ files: ['a.safetensors', 'b'], adapter: 'swiftshader', help: false });
  });

  test('says how it is used when no file is given', () => {
    expect(failure(() => parseParity([])).message).toContain('Usage: npm run parity -- FILE...');
    expect(parseParity(['--help']).help).toBe(true);
  });
});

test('ingest takes one folder or archive', () => {
  expect(parseIngest(['photos'])).toEqual({ source: 'photos', page: false, help: false });
  expect(parseIngest(['photos.zip', '--page']).page).toBe(true);
  expect(parseIngest(['-h']).help).toBe(true);
  expect(failure(() => parseIngest([])).message).toContain('Usage: npm run -s ingest -- DIR|ZIP');
  expect(failure(() => parseIngest(['a', 'b'])).message).toContain('b is one too many');
  expect(failure(() => parseIngest(['a', '--fast'])).message).toContain("'--fast'");
});

test('start takes a port', () => {
  expect(parseStart([])).toEqual({ port: 4173 });
  expect(parseStart(['--port', '0'])).toEqual({ port: 0 });
  expect(failure(() => parseStart(['--port', '70000'])).message).toContain('65535');
});

test('screenshot takes a number of steps within the run it shows', () => {
  expect(parseScreenshot([])).toEqual({ steps: 150, adapter: undefined });
  expect(parseScreenshot(['--steps', '20', '--adapter', 'default'])).toEqual({ steps: 20, adapter: 'default' });
  expect(() => parseScreenshot(['--steps', '2000'])).toThrow(/--steps is "2000", must be a whole number from 1 to 1500/);
});

describe('bench', () => {
  test('measures everything by default, with others only those', () => {
    expect(parseBench([])).toMatchObject({ options: { only: ['gemm', 'attention', 'elementwise', 'block', 'step', 'growth'], tiles: false, samples: 5 }, peers: false, node: false, out: 'bench/results' });
    expect(parseBench(['--peers']).options.only).toEqual([]);
    expect(parseBench(['--peers', '--only', 'gemm, step', '--samples', '9', '--tiles']).options).toEqual({ only: ['gemm', 'step'], samples: 9, tiles: true });
    expect(parseBench(['--node', '--bundle', 'x.mjs', '--name', 'h100-a'])).toMatchObject({ node: true, bundle: 'x.mjs', name: 'h100-a' });
  });

  test.each([
    [['--only', 'gemm,speed'], /--only names "speed", must be some of gemm, attention/],
    [['--samples', '0'], /--samples is "0"/],
    [['--peers', '--node'], /choose one/],
    [['--bundle', 'x.mjs'], /write --node --bundle FILE/],
    [['--node', '--adapter', 'default'], /Dawn/],
    [['--name', '../x'], /--name is "..\/x"/],
  ])('%j is refused in words', (argv, message) => {
    expect(failure(() => parseBench(argv)).message).toMatch(message);
  });
});
