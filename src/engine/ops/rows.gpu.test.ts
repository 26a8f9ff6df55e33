/** Row-wise ops: gather and scatter exactly, normalisations, features and largest entries against their twins. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { tokenFeatures as featuresTwin } from '#reference/features.ts';
import * as normalize from '#reference/normalize.ts';
import { rowLargest as largestTwin } from '#reference/patterns.ts';
import * as weightNorm from '#reference/weight-norm.ts';
import { checkClose, checkRows, checkSame, normals, openGpu, padRows, runOp, STALE, WAYS } from '#testing/check-op.ts';
import { gatherRows, normalizeBackward, normalizeForward, NOWHERE, rowLargest, scatterRows, tokenFeatures, weightNormBackward, weightNormForward } from './rows.ts';

interface Live { rows: number }
const liveRows = (l: Live) => l.rows;

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  test.each([[1, 1], [63, 3], [65, 33], [63, 96], [65, 200]])('gather and scatter %i rows of %i channels', async (n, c) => {
    // Every third row is left out, the rest is taken backwards.
    const index = Uint32Array.from(Array.from({ length: n }, (_, i) => i).filter(i => i % 3 !== 1).toReversed());
    const place = new Uint32Array(n).fill(NOWHERE);
    index.forEach((row, r) => { place[row] = r; });
    const C = padded(c);
    const x = padRows(normals(n * c, 1), n, c);
    const rows = index.length;
    const got = await runOp(gpu, { x, index, place }, { gathered: (rows + 1) * C, back: n * C }, (p, t) => {
      gatherRows(p, { x: t.x, index: t.index, out: t.gathered, rows: liveRows, c });
      scatterRows(p, { dout: t.gathered, place: t.place, dx: t.back, rows: n, c });
    }, { rows });
    checkSame('gathered', got.gathered.slice(0, rows * C), Float32Array.from([...index].flatMap(i => [...x.subarray(i * C, (i + 1) * C)])));
    expect(got.gathered.subarray(rows * C).every(v => v === STALE)).toBe(true);
    checkSame('back', got.back, x.map((v, i) => Math.floor(i / C) % 3 === 1 ? 0 : v));
  });

  test.each([[1, 1], [63, 7], [65, 33], [5, 128], [3, 1030]])('normalize %i rows of %i channels', async (rows, c) => {
    const [x, dy] = [normals(rows * c, 1, 3), normals(rows * c, 2)];
    const want = normalize.normalizeForward(x, rows, c);
    const back = normalize.normalizeBackward(dy, want.y, want.norm, rows, c);
    const got = await runOp(gpu, { x: padRows(x, rows, c), dy: padRows(dy, rows, c) }, { y: rows * padded(c), norms: rows, dx: rows * padded(c) }, (p, t) => {
      normalizeForward(p, { x: t.x, y: t.y, norms: t.norms, rows: liveRows, c });
      normalizeBackward(p, { dy: t.dy, y: t.y, norms: t.norms, dx: t.dx, rows: liveRows, c });
    }, { rows });
    checkRows('y', got.y, want.y, c);
    checkClose('norms', got.norms, want.norm);
    // One channel: dy and its part along y cancel.
    checkRows('dx', got.dx, back, c, { atLeast: c === 1 ? 1 / Math.min(...want.norm) : 0 });
  });

  test('a row of zeros has length 1e-12', async () => {
    const got = await runOp(gpu, { x: new Float32Array(8), dy: Float32Array.of(1, 2, 3, 0, 4, 5, 6, 0) }, { y: 8, norms: 2, dx: 8 }, (p, t) => {
      normalizeForward(p, { x: t.x, y: t.y, norms: t.norms, rows: 2, c: 3 });
      normalizeBackward(p, { dy: t.dy, y: t.y, norms: t.norms, dx: t.dx, rows: 2, c: 3 });
    });
    checkSame('y', got.y, new Float32Array(8));
    checkClose('norms', got.norms, [1e-12, 1e-12]);
    checkRows('dx', got.dx, [1e12, 2e12, 3e12, 4e12, 5e12, 6e12], 3);
  });

  test.each([[1, 1], [63, 3], [65, 64], [7, 131], [3, 4099]])('the largest of each of %i rows of %i entries', async (rows, k) => {
    const scores = normals(rows * k, 3).map(v => v - 5); // below the padding's zeros
    for (let r = 0; r < rows; r += 2) scores[r * k + (k >> 1)] = scores[r * k + k - 1] = -1; // equals
    const { best } = await runOp(gpu, { scores: padRows(scores, rows, k) }, { best: 2 * (rows + 2) }, (p, t) => rowLargest(p, { scores: t.scores, best: t.best, rows, row0: 2, k }));
    const want = largestTwin(scores, rows, k);
    const columns = new Uint32Array(best.buffer);
    expect(want.map((_, r) => columns[4 + 2 * r])).toEqual(want.map(w => w.column));
    checkSame('entries', Float32Array.from(want, (_, r) => best[5 + 2 * r]!), Float32Array.from(want, w => w.value));
    checkSame('rows before', best.slice(0, 4), new Float32Array(4).fill(STALE));
  });

  test.each([[97, 7], [4, 1], [1, 64], [5, 128], [3, 1030]])('weight norm of %i prototypes with %i channels', async (k, c) => {
    const [v, g, dW] = [normals(k * c, 1), normals(k, 2), normals(k * c, 3)];
    const [dv0, dg0] = [normals(k * c, 4), normals(k, 5)];
    const K = padded(k);
    /** The layout of prototypes: rows and channels padded. */
    const place = (values: ArrayLike<number>) => {
      const out = new Float32Array(K * padded(c));
      out.set(padRows(values, k, c));
      return out;
    };
    const { W, norm } = weightNorm.weightNormForward(v, g, k, c);
    const back = weightNorm.weightNormBackward(dW, v, g, norm, k, c);
    const got = await runOp(gpu, { v: place(v), g: padRows(g, 1, k), dw: place(dW) }, { w: K * padded(c), dv: place(dv0), dg: padRows(dg0, 1, k) }, (p, t) => {
      weightNormForward(p, { v: t.v, g: t.g, w: t.w, k, c });
      weightNormBackward(p, { dw: t.dw, v: t.v, g: t.g, dv: t.dv, dg: t.dg, k, c });
    });
    const split = k * padded(c);
    checkRows('W', got.w.subarray(0, split), W, c);
    checkSame('rows of W beyond K', got.w.slice(split), new Float32Array(got.w.length - split));
    const cancels = { atLeast: 1 / Math.min(...norm) };
    checkRows('dv', got.dv.subarray(0, split), back.dv.map((d, i) => d + dv0[i]!), c, cancels);
    checkSame('rows of dv beyond K', got.dv.slice(split), new Float32Array(got.dv.length - split));
    checkRows('dg', got.dg, back.dg.map((d, i) => d + dg0[i]!), k);
  });

  test.each([[1, 2, 3], [3, 26, 33], [2, 65, 64]])('features of %i sequences of %i tokens', async (sequences, length, c) => {
    const tokens = normals(sequences * length * c, 1);
    const { features } = await runOp(gpu, { tokens: padRows(tokens, sequences * length, c) }, { features: sequences * 2 * padded(c) },
      (p, t) => tokenFeatures(p, { tokens: t.tokens, features: t.features, sequences, length, c }));
    checkRows('features', features, featuresTwin(tokens, sequences, length, c), c);
  });
});
