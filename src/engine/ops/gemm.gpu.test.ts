/** Matrix products against their twin: every form, every tile this adapter can run, every epilogue. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Gpu } from '#engine/gpu/device.ts';
import { gelu, geluDerivative } from '#reference/gelu.ts';
import * as twin from '#reference/gemm.ts';
import { residualForward } from '#reference/residual.ts';
import { checkClose, checkSame, normals, runOp, STALE } from '#testing/check-op.ts';
import { addSlices, gemmGradient, gemmNN, gemmNT } from './gemm.ts';
import { rowsOf, type Sequences } from './sequences.ts';
import { TILES, tilesOf, usableTiles } from './tiles.ts';

const gpu = await Gpu.open();
const tiles = usableTiles(gpu).map(t => t.name);
afterEach(() => { tilesOf(gpu).forced = null; });
afterAll(() => gpu.destroy());

test('tiles without subgroups run everywhere, subgroup tiles where subgroups have one size', async () => {
  const bare = await Gpu.open({ defaultLimits: true });
  // One tile needs twice the workgroup memory that WebGPU promises.
  expect(usableTiles(bare).map(t => t.name)).toEqual(TILES.filter(t => t.kind !== 'subgroup' && t.name !== 'shared 128x128x16 8x8').map(t => t.name));
  bare.destroy();
  expect(tiles.some(name => name.startsWith('subgroup'))).toBe(gpu.subgroupSize > 0 && gpu.subgroupSize <= 32);
});

/** rows, n, k: below, at and beyond the tiles' sides. */
const SIZES = [[1, 4, 4], [63, 60, 20], [64, 64, 64], [65, 68, 132], [127, 132, 68]] as const;
const A_ROW = 3;
const C_ROW = 2;

/** a (A_ROW + rows, k), b, bias; what `form` makes of them, written from row C_ROW on, one row more behind. */
const products = (['NT', 'NN'] as const).flatMap(form => SIZES.map(([rows, n, k], i) => {
  const a = normals((A_ROW + rows) * k, i);
  const b = normals(n * k, 10 + i);
  const bias = normals(n, 20 + i);
  const want = twin[form === 'NT' ? 'gemmNT' : 'gemmNN'](a.subarray(A_ROW * k), b, rows, n, k);
  return { form, rows, n, k, a, b, bias, want: form === 'NT' ? want.map((v, j) => v + bias[j % n]!) : want };
}));

describe.each(tiles)('%s', tile => {
  test.each(['NT', 'NN'] as const)('%s, rows not from 0 on', async form => {
    tilesOf(gpu).forced = tile;
    for (const c of products.filter(p => p.form === form)) {
      const { out } = await runOp(gpu, { a: c.a, b: c.b, bias: c.bias }, { out: (C_ROW + c.rows + 1) * c.n }, (p, t) => {
        const { rows, n, k } = c;
        if (form === 'NT') gemmNT(p, { a: t.a, b: t.b, bias: t.bias, out: t.out, rows, n, k, aRow: A_ROW, cRow: C_ROW });
        else gemmNN(p, { a: t.a, b: t.b, out: t.out, rows, n, k, aRow: A_ROW, cRow: C_ROW });
      });
      const [from, to] = [C_ROW * c.n, (C_ROW + c.rows) * c.n];
      checkClose(`C of ${form} ${c.rows} x ${c.n} x ${c.k}`, out.subarray(from, to), c.want);
      const around = [...out.subarray(0, from), ...out.subarray(to)];
      expect(around.every(v => v === STALE), 'rows before and behind stay as they are').toBe(true);
    }
  });

  test('gradient with bias, whole and split', async () => {
    tilesOf(gpu).forced = tile;
    for (const c of gradients) await checkGradient(c, true);
  });
});

/** T, o, i: 300 and more tokens are split. */
const gradients = ([[1, 4, 4], [63, 20, 60], [65, 68, 4], [127, 64, 132], [300, 4, 12], [1031, 16, 16]] as const).map(([T, o, i], seed) => {
  const dy = normals((A_ROW + T) * o, 30 + seed);
  const x = normals((C_ROW + T) * i, 40 + seed);
  const { dw, dbias } = twin.linearBackward(dy.subarray(A_ROW * o), x.subarray(C_ROW * i), new Float32Array(o * i), T, i, o);
  return { T, o, i, dy, x, dw, dbias, dw0: normals(o * i, 50 + seed), dbias0: normals(o, 60 + seed) };
});

async function checkGradient(c: (typeof gradients)[number], withBias: boolean): Promise<void> {
  const got = await runOp(gpu, { dy: c.dy, x: c.x }, { dw: c.dw0, dbias: c.dbias0 }, (p, t) => {
    gemmGradient(p, { dy: t.dy, x: t.x, dweight: t.dw, ...(withBias ? { dbias: t.dbias } : {}), rows: c.T, o: c.o, i: c.i, dyRow: A_ROW, xRow: C_ROW });
    expect(p.dispatches).toBe(c.T >= 300 ? 2 : 1);
  });
  checkClose(`dweight of ${c.T} x ${c.o} x ${c.i}`, got.dw, c.dw.map((v, j) => v + c.dw0[j]!));
  if (withBias) checkClose(`dbias of ${c.T} x ${c.o} x ${c.i}`, got.dbias, c.dbias.map((v, j) => v + c.dbias0[j]!));
  else checkSame('dbias', got.dbias, c.dbias0);
}

/** What no tile has a part in is tested with one of each kind: SwiftShader takes most of a second to compile a kernel. */
const twoWays = [tiles[0]!, 'shared 32x32x16 4x4'];

test.each(twoWays)('gradient without bias, whole and split, %s', async tile => {
  tilesOf(gpu).forced = tile;
  for (const c of gradients) await checkGradient(c, false);
});

describe.each(twoWays)('rows that change from run to run, %s', tile => {
  const c = gradients.at(-1)!;
  const plan = (live: { rows: number }) => runOp(gpu, { dy: c.dy, x: c.x, w: normals(c.o * c.i, 7) }, { dw: c.dw0, dbias: c.dbias0, y: c.T * c.o }, (p, t) => {
    const rows = (l: { rows: number }) => l.rows;
    gemmGradient(p, { dy: t.dy, x: t.x, dweight: t.dw, dbias: t.dbias, rows, maxRows: c.T, o: c.o, i: c.i });
    gemmNT(p, { a: t.x, b: t.w, out: t.y, rows, maxRows: c.T, n: c.o, k: c.i });
  }, live);

  test('fewer tokens than splits', async () => {
    tilesOf(gpu).forced = tile;
    for (const rows of [1, 5]) {
      const got = await plan({ rows });
      const { dw, dbias } = twin.linearBackward(c.dy.subarray(0, rows * c.o), c.x.subarray(0, rows * c.i), new Float32Array(c.o * c.i), rows, c.i, c.o);
      checkClose(`dweight of ${rows} rows`, got.dw, dw.map((v, j) => v + c.dw0[j]!));
      checkClose(`dbias of ${rows} rows`, got.dbias, dbias.map((v, j) => v + c.dbias0[j]!));
      checkClose(`y of ${rows} rows`, got.y.subarray(0, rows * c.o), twin.gemmNT(c.x.subarray(0, rows * c.i), normals(c.o * c.i, 7), rows, c.o, c.i));
      expect(got.y.subarray(rows * c.o).every(v => v === STALE)).toBe(true);
    }
  });

  test('none at all', async () => {
    tilesOf(gpu).forced = tile;
    const got = await plan({ rows: 0 });
    checkSame('dweight', got.dw, c.dw0);
    checkSame('dbias', got.dbias, c.dbias0);
    expect(got.y.every(v => v === STALE)).toBe(true);
  });
});

describe.each(twoWays)('epilogues, %s', tile => {
  const sequences: Sequences = { globals: 2, globalTokens: 26, locals: 3, localTokens: 5 };
  const M = rowsOf(sequences);
  const [n, k] = [68, 20];
  const [a, b, bias] = [normals(M * k, 1), normals(n * k, 2), normals(n, 3)];
  const drop = Float32Array.of(1.25, 0, 0, 1.25, 2);
  const dropRows = Float32Array.from({ length: M }, (_, r) => drop[r < 52 ? Math.floor(r / 26) : 2 + Math.floor((r - 52) / 5)]!);
  const [x, gamma] = [normals(M * n, 4), normals(n, 5)];
  const sum = twin.linearForward(a, b, bias, M, k, n);

  test('GELU of the sum, which is kept', async () => {
    tilesOf(gpu).forced = tile;
    const big = a.map(v => 2 * v); // reaches where erf is 1
    const pre = twin.linearForward(big, b, bias, M, k, n);
    const got = await runOp(gpu, { a: big, b, bias }, { out: M * n, pre: M * n }, (p, t) => {
      gemmNT(p, { a: t.a, b: t.b, bias: t.bias, out: t.out, rows: M, n, k, gelu: { pre: t.pre } });
    });
    checkClose('pre', got.pre, pre);
    checkClose('gelu', got.out, pre.map(gelu));
  });

  test('GELU backward', async () => {
    tilesOf(gpu).forced = tile;
    const [w, pre] = [normals(k * n, 6), normals(M * n, 7, 2)];
    const { out } = await runOp(gpu, { a, w, pre }, { out: M * n }, (p, t) => {
      gemmNN(p, { a: t.a, b: t.w, out: t.out, rows: M, n, k, geluBackward: { pre: t.pre } });
    });
    checkClose('dpre', out, twin.gemmNN(a, w, M, n, k).map((v, i) => v * geluDerivative(pre[i]!)));
  });

  test.each([
    ['plain', false, false, false], ['dropped', false, false, true], ['scaled', true, false, false],
    ['scaled, branch kept', true, true, false], ['scaled, branch kept, dropped', true, true, true],
  ] as const)('residual %s', async (_, scaled, kept, dropped) => {
    tilesOf(gpu).forced = tile;
    const got = await runOp(gpu, { a, b, bias, x, gamma, drop }, { out: M * n, branch: M * n }, (p, t) => {
      const residual = { x: t.x, sequences, ...(scaled ? { gamma: t.gamma } : {}), ...(kept ? { branch: t.branch } : {}), ...(dropped ? { drop: t.drop } : {}) };
      gemmNT(p, { a: t.a, b: t.b, bias: t.bias, out: t.out, rows: M, n, k, residual });
    });
    checkClose('y', got.out, residualForward(x, sum, scaled ? gamma : null, dropped ? dropRows : null, M, n));
    if (kept) checkClose('branch', got.branch, sum);
    else expect(got.branch.every(v => v === STALE)).toBe(true);
  });
});

test.each([['on a processor', true, 5, 1], ['on a GPU, few', false, 5, 1], ['on a GPU, many, in eight parts', false, 77, 8]] as const)('slices are added in order, bit for bit: %s', async (_, software, S, parts) => {
  const words = 68;
  const slices = normals(S * (words + 4), 1);
  const [dw0, db0] = [normals(words, 2), normals(4, 3)];
  const f = Math.fround;
  const share = Math.ceil(S / parts);
  const want = Float32Array.from({ length: words + 4 }, (_, i) => {
    const sums = Array.from({ length: parts }, (_, part) => {
      let sum = 0;
      for (let s = part * share; s < Math.min(S, (part + 1) * share); s++) sum = f(sum + slices[s * (words + 4) + i]!);
      return sum;
    });
    return f((i < words ? dw0[i]! : db0[i - words]!) + sums.reduce((a, b) => f(a + b)));
  });
  const own = gpu.software;
  Object.assign(gpu, { software });
  const got = await runOp(gpu, { slices }, { dw: dw0, db: db0 }, (p, t) => addSlices(p, t.slices, t.dw, t.db, S)).finally(() => Object.assign(gpu, { software: own }));
  checkSame('dweight', got.dw, want.subarray(0, words));
  checkSame('dbias', got.db, want.slice(words));
});
