/** The tuner: what it trusts, what it chooses, when it stops, and that it leaves nothing behind. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { Gpu } from '#engine/gpu/device.ts';
import type { Dispatch } from '#engine/gpu/program.ts';
import { type Asked, type Choice, defaultChoice, type Product, productKey, tilesOf, usableTiles } from '#engine/ops/tiles.ts';
import { candidatesOf } from './candidates.ts';
import { EPILOGUES, epilogueOf } from './operands.ts';
import { flopsOf, productsOf } from './products.ts';
import { planProduct, type Plan, type Trial } from './trial.ts';
import { tune, type TuneOptions } from './tuner.ts';

const gpu = await Gpu.open();
const held = gpu.allocated;
afterEach(() => {
  if (gpu.allocated !== held) throw new Error(`${gpu.allocated - held} bytes of GPU memory were not given back.`);
});
afterAll(() => gpu.destroy());

const listOf = (...products: Product[]): Map<string, Asked> => new Map(products.map(p => [productKey(p), { ...p, count: 1 }]));
const LINEAR: Product = { form: 'NN', rows: 96, n: 64, k: 64, epilogue: 'BIAS' };
const tiles = usableTiles(gpu).map((t): Choice => ({ tile: t.name, splits: 1 }));
const first = defaultChoice(gpu, LINEAR);
/** The default and another tile. */
const two = [first, tiles.find(c => c.tile !== first.tile)!];
const other = two[1]!.tile;

/** Milliseconds by tile, in place of a measurement. */
const clocked = (ms: (t: Trial) => number): NonNullable<TuneOptions['time']> => trials => Promise.resolve(trials.map(ms));
const byTile = (times: Record<string, number>) => clocked(t => times[t.choice.tile]!);

/** Plans as always, but changes the dispatches of one tile. */
const spoiling = (tile: string, spoil: (d: Dispatch<void>) => Dispatch<void>): Plan => (trial, operands) => {
  const add = trial.add.bind(trial);
  if (trial.choice.tile === tile) trial.add = d => add(spoil(d));
  planProduct(trial, operands);
};

/** Another line in place of one of the kernel's. */
const line = (from: string, to: string) => (d: Dispatch<void>): Dispatch<void> => {
  if (!d.kernel.source.includes(from)) throw new Error(`"${d.kernel.name}" has no "${from}" to spoil.`);
  return { ...d, kernel: { ...d.kernel, source: d.kernel.source.replace(from, to) } };
};
const fewerGroups = (d: Dispatch<void>): Dispatch<void> => {
  const [x, y, z] = d.groups as readonly [number, number, number];
  return { ...d, groups: [x, y - 1, z] };
};

describe('the sampled check passes', () => {
  const kinds = [tiles[0]!, tiles.find(c => c.tile.startsWith('register'))!, tiles.at(-1)!];
  const products: [Product, Choice[]][] = [
    [{ form: 'NT', rows: 131, n: 68, k: 132, epilogue: 'BIAS' }, tiles],
    [{ form: 'NN', rows: 1, n: 4, k: 4, epilogue: '' }, tiles],
    [{ form: 'NN', rows: 131, n: 132, k: 20, epilogue: '' }, tiles],
    [{ form: 'gradient', rows: 1031, n: 68, k: 36, epilogue: 'BIAS' }, [...tiles, ...tiles.map(t => ({ ...t, splits: 3 }))]],
    // What follows a product is the same text whatever the tile.
    [{ form: 'NT', rows: 131, n: 68, k: 20, epilogue: 'BIAS GELU' }, kinds],
    [{ form: 'NT', rows: 131, n: 68, k: 20, epilogue: 'BIAS RESIDUAL GAMMA BRANCH DROP' }, kinds],
    [{ form: 'NN', rows: 131, n: 68, k: 20, epilogue: 'GELU_BACKWARD' }, kinds],
    [{ form: 'gradient', rows: 67, n: 4, k: 132, epilogue: '' }, kinds],
  ];
  test.each(products.map(([p, choices]) => [`${productKey(p)}, ${choices.length} ways`, p, choices] as const))('%s', async (_, p, choices) => {
    const { findings, untried } = await tune(gpu, listOf(p), { budgetMs: 1e9, candidates: () => [...choices], time: clocked(() => 1) });
    expect([...untried]).toEqual([]);
    expect(findings.get(productKey(p))?.rejected).toEqual([]);
  });

  // None where there are no 16-bit floats, as on SwiftShader: `npm test -- dawn` runs them elsewhere.
  test.each(([
    { form: 'NT', rows: 131, n: 68, k: 132, epilogue: 'BIAS A_HALF B_HALF C_HALF' }, { form: 'gradient', rows: 1031, n: 68, k: 36, epilogue: 'BIAS A_HALF B_HALF' },
  ] satisfies Product[]).filter(() => gpu.device.features.has('shader-f16')))('$form with 16-bit factors', async p => {
    const { findings, untried } = await tune(gpu, listOf(p), { budgetMs: 1e9, candidates: () => tiles, time: clocked(() => 1) });
    expect([...untried]).toEqual([]);
    expect(findings.get(productKey(p))?.rejected).toEqual([]);
  });
});

describe('a kernel that is wrong is rejected, however fast it is', () => {
  const wrongs: [string, (d: Dispatch<void>) => Dispatch<void>, RegExp][] = [
    ['it multiplies by something else', d => ({ ...d, bind: [d.bind[0]!, d.bind[0]!, ...d.bind.slice(2)] }), /computes wrongly: row \d+, column \d+ of out is .+, should be/],
    ['it adds half the bias', line('v += bias[n4];', 'v += 0.5 * bias[n4];'), /computes wrongly: row \d+, column \d+ of out is .+, should be/],
    ['the last rows are left out', fewerGroups, /computes wrongly: row \d+, column 0 of out was not written/],
    ['a column is left out', line('c[at] = v;', 'if (n4 != 7u) { c[at] = v; }'), /column 28 of out was not written/],
    ['it does not compile', line('c[at] = v;', 'c[at] = nothing;'), /doesn't compile/],
    ['a tensor is missing', d => ({ ...d, bind: d.bind.slice(0, -1) }), /can't be bound/],
  ];
  test.each(wrongs)('%s', async (_, spoil, reason) => {
    const { findings } = await tune(gpu, listOf(LINEAR), { budgetMs: 1e9, candidates: () => two, plan: spoiling(other, spoil), time: byTile({ [first.tile]: 10, [other]: 1 }) });
    const found = findings.get(productKey(LINEAR))!;
    expect(found.rejected).toHaveLength(1);
    expect(found.rejected[0]!.candidate).toBe(other);
    expect(found.rejected[0]!.reason).toMatch(reason);
    expect(found.choice).toEqual(first);
    expect(found.gflops).toBeCloseTo(flopsOf(LINEAR) / 10 / 1e6, 6);
  });

  test('a wrong default gives way to another', async () => {
    const { findings } = await tune(gpu, listOf(LINEAR), { budgetMs: 1e9, candidates: () => two, plan: spoiling(first.tile, line('v += bias[n4];', 'v -= bias[n4];')), time: clocked(() => 1) });
    expect(findings.get(productKey(LINEAR))).toMatchObject({ choice: two[1], defaultGflops: null, rejected: [{ candidate: first.tile }] });
  });
});

test('on a GPU a probe grows until it keeps the device busy', async () => {
  const wide: Product = { form: 'NN', rows: 9000, n: 256, k: 256, epilogue: '' };
  const seen: number[] = [];
  const { software } = gpu;
  Object.assign(gpu, { software: false });
  try {
    await tune(gpu, listOf(wide), { budgetMs: 1e9, candidates: () => two, time: clocked(t => { seen.push(t.rows); return t.rows * 2.5e-4; }) });
  } finally {
    Object.assign(gpu, { software });
  }
  // 80 million operations are 611 rows; 2,444 take half a millisecond and more. Two are probed, two finals are of all rows.
  expect(seen.slice(0, 4)).toEqual([611, 2444, 2444, 2444]);
  expect(new Set(seen.slice(4))).toEqual(new Set([9000]));
});

describe('the choice follows the measured times', () => {
  test.each([
    ['another, where it is clearly faster', 0.9, two[1]!],
    ['the default, where another is faster by less than 3 %', 0.98, first],
    ['the default, where it is faster', 1.2, first],
  ] as const)('%s', async (_, ratio, want) => {
    const { findings } = await tune(gpu, listOf(LINEAR), { budgetMs: 1e9, candidates: () => two, time: byTile({ [first.tile]: 10, [other]: 10 * ratio }) });
    const found = findings.get(productKey(LINEAR))!;
    expect(found.choice).toEqual(want);
    expect(found.gflops! / found.defaultGflops!).toBeCloseTo(want === first ? 1 : 1 / ratio, 6);
  });

  test('what is far behind in the probe is not measured again', async () => {
    const asked: string[][] = [];
    await tune(gpu, listOf(LINEAR), {
      budgetMs: 1e9, candidates: () => two,
      time: (trials, timing) => {
        asked.push(trials.map(t => t.choice.tile));
        return byTile({ [first.tile]: 10, [other]: 15 })(trials, timing);
      },
    });
    expect(asked).toEqual([[first.tile], [other]]);
  });

  test('what was lucky once has to win again', async () => {
    let measured = 0;
    const { findings } = await tune(gpu, listOf(LINEAR), {
      budgetMs: 1e9, candidates: () => two,
      time: trials => {
        if (trials.length === 2) measured++;
        return Promise.resolve(trials.map(t => t.choice.tile === first.tile && measured === 1 ? 13 : 10));
      },
    });
    expect(measured).toBe(2);
    expect(findings.get(productKey(LINEAR))?.choice).toEqual(first);
  });

  test('slices of a gradient are chosen too, and finals see all rows', async () => {
    const p: Product = { form: 'gradient', rows: 40_000, n: 32, k: 32, epilogue: 'BIAS' };
    const rows = new Set<number>();
    const { findings } = await tune(gpu, listOf(p), {
      budgetMs: 1e9,
      time: trials => {
        for (const t of trials) rows.add(t.rows);
        return Promise.resolve(trials.map(t => t.rows / 1e5 * (1 - t.choice.splits / 100)));
      },
    });
    expect(findings.get(productKey(p))?.choice.splits).toBe(Math.max(...candidatesOf(gpu, p).map(c => c.splits)));
    expect(Math.max(...rows)).toBe(p.rows);
    expect(Math.min(...rows)).toBeLessThan(p.rows);
  });
});

describe('the budget', () => {
  const three = listOf(LINEAR, { ...LINEAR, n: 32 }, { ...LINEAR, n: 128 });

  test('is looked at before each candidate; products not reached stay open', async () => {
    let at = 0;
    const { findings, milliseconds } = await tune(gpu, three, {
      budgetMs: 5000, now: () => at, candidates: () => two,
      time: trials => {
        at += 1000 * trials.length;
        return Promise.resolve(trials.map(t => t.choice.tile === first.tile ? 1 : 1.2));
      },
    });
    // 2000 for probes and 2000 for finals; the next product is begun and ends with its first candidate.
    expect([...findings.keys()]).toEqual([productKey(LINEAR)]);
    expect(milliseconds).toBe(5000);
  });

  test('that is too small for one product decides that one from its probes, so that the next start gets on', async () => {
    let at = 0;
    const time: NonNullable<TuneOptions['time']> = trials => {
      at += 100;
      return Promise.resolve(trials.map(t => t.choice.tile === first.tile ? 2 : 1));
    };
    const { findings } = await tune(gpu, three, { budgetMs: 150, now: () => at, candidates: () => two, time });
    expect([...findings].map(([key, f]) => [key, f.choice])).toEqual([[productKey(LINEAR), two[1]]]);
    const next = await tune(gpu, three, { budgetMs: 150, now: () => at, candidates: () => two, time, known: findings });
    expect([...next.findings.keys()]).toEqual([[...three.keys()][1]]);
  });

  test('a stop ends it with nothing decided in haste', async () => {
    const stop = new AbortController();
    const { findings } = await tune(gpu, three, { signal: stop.signal, candidates: () => two, time: trials => { stop.abort(); return Promise.resolve(trials.map(() => 1)); } });
    expect(findings.size).toBe(0);
  });

  test('holds on this adapter for a whole configuration, compiling and all', async () => {
    const products = await productsOf(gpu, { ...preset('tiny'), batchSize: 8 });
    const { findings, milliseconds } = await tune(gpu, products, { budgetMs: 1000 });
    expect(findings.size).toBeGreaterThan(0);
    // One candidate more: a check and four runs of some ten milliseconds. Twice the budget leaves room for a busy machine.
    expect(milliseconds).toBeLessThan(2000);
  });
});

describe('the products of a configuration', () => {
  test.each(['tiny', 'balanced'])('%s: costliest first, all of a kind that can be tried, choices untouched', async name => {
    const before = { ...tilesOf(gpu), asked: new Map(tilesOf(gpu).asked) };
    const products = await productsOf(gpu, { ...preset(name), dropPath: 0.1, layerScale: 1e-5 });
    expect(tilesOf(gpu)).toEqual(before);
    const costs = [...products.values()].map(p => flopsOf(p) * p.count);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(products.size).toBeGreaterThan(15);
    for (const p of products.values()) for (const e of epilogueOf(p)) expect(EPILOGUES.has(e), e).toBe(true);
    // A block's first product: twice in each block, teacher and student, where both have as many rows to the power of two.
    const blocks = preset(name).depth;
    expect([...products.values()].some(p => p.count % blocks === 0 && p.epilogue === 'BIAS GELU')).toBe(true);
  });

  test('a product that nobody taught the tuner is left alone, with the reason', async () => {
    const strange: Product = { ...LINEAR, epilogue: 'BIAS TWIST' };
    const { findings, untried } = await tune(gpu, listOf(strange), { time: clocked(() => 1) });
    expect(findings.size).toBe(0);
    expect(untried.get(productKey(strange))).toContain('TWIST');
  });

  test('one that does not fit the device is left alone too', async () => {
    const huge: Product = { ...LINEAR, rows: 2 ** 28 };
    const { untried } = await tune(gpu, listOf(huge, LINEAR), { candidates: () => two, time: clocked(() => 1) });
    expect(untried.get(productKey(huge))).toMatch(/MiB/);
    expect(untried.has(productKey(LINEAR))).toBe(false);
  });
});

test('candidates: the default first, none twice, tiles far larger than the result left out', () => {
  const p: Product = { form: 'gradient', rows: 5000, n: 384, k: 96, epilogue: 'BIAS' };
  for (const q of [p, LINEAR, { ...LINEAR, rows: 3, n: 4 }]) {
    const list = candidatesOf(gpu, q);
    expect(list[0]).toEqual(defaultChoice(gpu, q));
    expect(new Set(list.map(c => JSON.stringify(c))).size).toBe(list.length);
  }
  expect([...new Set(candidatesOf(gpu, p).map(c => c.splits))]).toEqual(expect.arrayContaining([1, 2, 4, 8]));
  expect(candidatesOf(gpu, LINEAR).every(c => c.splits === 1)).toBe(true);
  expect(candidatesOf(gpu, { ...LINEAR, rows: 3 }).some(c => c.tile.startsWith('subgroup 32'))).toBe(false);
});
