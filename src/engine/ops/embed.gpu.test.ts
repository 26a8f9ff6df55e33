/** Tokens from patches and back, against the twin: class token, masks, positions resampled for local crops. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { Rng } from '#lib/rng.ts';
import * as twin from '#reference/embed.ts';
import { checkClose, checkRows, checkSame, normals, padRows, runOp } from '#testing/check-op.ts';
import { assembleTokens, assembleTokensBackward, bicubicMatrix, resamplePositions } from './embed.ts';
import { rowsOf, type Sequences } from './sequences.ts';

let gpu: Gpu;
beforeAll(async () => { gpu = await Gpu.open(); });
afterAll(() => gpu.destroy());

const C = 6;
/** Patches per side of global and local views; 0: no local views. */
const GRIDS = [[1, 1], [2, 1], [2, 2], [3, 2], [4, 3], [5, 2], [5, 5], [5, 0]] as const;
const layoutOf = (g: number, l: number): twin.TokenLayout => ({ globals: 3, g, locals: l ? 2 : 0, l });
const sequencesOf = (t: twin.TokenLayout): Sequences => ({ globals: t.globals, globalTokens: 1 + t.g ** 2, locals: t.locals, localTokens: 1 + t.l ** 2 });

test('bicubicMatrix is that of the twin, and the identity where nothing changes', () => {
  for (const [from, to] of [[1, 1], [2, 1], [5, 2], [7, 3], [14, 6], [14, 16]] as const) {
    checkClose(`${from} to ${to}`, bicubicMatrix(from, to), twin.bicubicMatrix(from, to), { tolerance: 3e-6 });
  }
  checkSame('5 to 5', bicubicMatrix(5, 5), Float32Array.from({ length: 25 }, (_, i) => i % 6 === 0 ? 1 : 0));
});

describe.each(GRIDS)('grids of %i and %i', (g, l) => {
  const layout = layoutOf(g, l);
  const sequences = sequencesOf(layout);
  const patchCount = layout.globals * g ** 2 + layout.locals * l ** 2;
  const rows = rowsOf(sequences);
  const rng = new Rng(g);
  const mask = Uint32Array.from({ length: layout.globals * g ** 2 }, () => rng.int(0, 1));
  const [patches, cls, maskToken] = [normals(patchCount * C, 1), normals(C, 2), normals(C, 3)];
  const positions = normals((1 + g * g) * C, 4);

  test.each([true, false])('tokens, masked: %s', async masked => {
    const posLocal = l ? twin.resamplePositions(positions, g, l, C) : new Float64Array(C);
    const got = await runOp(gpu,
      { patches: padRows(patches, patchCount, C), cls: padRows(cls, 1, C), token: padRows(maskToken, 1, C), positions: padRows(positions, 1 + g * g, C), mask, resample: bicubicMatrix(g, Math.max(1, l)) },
      { tokens: rows * padded(C), local: (1 + l * l) * padded(C) },
      (p, t) => {
        if (l) resamplePositions(p, { positions: t.positions, resample: t.resample, local: t.local, g, l, c: C });
        assembleTokens(p, {
          sequences, c: C, patches: t.patches, cls: t.cls, positions: t.positions, tokens: t.tokens,
          ...(l ? { localPositions: t.local } : {}), ...(masked ? { mask: { token: t.token, mask: t.mask } } : {}),
        });
      });
    if (l) checkRows('local positions', got.local, posLocal, C);
    checkRows('tokens', got.tokens, twin.assembleTokens(patches, cls, maskToken, positions, posLocal, masked ? mask : null, layout), C);
  });

  test('gradients', async () => {
    const dtokens = normals(rows * C, 5);
    const [dcls0, dmask0, dpositions0] = [normals(C, 6), normals(C, 7), normals((1 + g * g) * C, 8)];
    const want = twin.assembleTokensBackward(dtokens, mask, layout, C);
    const fromLocal = l ? twin.resamplePositionsBackward(want.dposLocal, g, l, C) : new Float64Array(want.dpos.length);
    const got = await runOp(gpu,
      { dtokens: padRows(dtokens, rows, C), mask, resample: bicubicMatrix(g, Math.max(1, l)) },
      { dpatches: patchCount * padded(C), dcls: padRows(dcls0, 1, C), dmask: padRows(dmask0, 1, C), dpositions: padRows(dpositions0, 1 + g * g, C) },
      (p, t) => assembleTokensBackward(p, { ...t, sequences, c: C, ...(l ? { local: { resample: t.resample, g, l } } : {}) }));
    checkRows('dpatches', got.dpatches, want.dpatches, C);
    checkRows('dcls', got.dcls, want.dcls.map((v, i) => v + dcls0[i]!), C);
    checkRows('dmask', got.dmask, want.dmaskToken.map((v, i) => v + dmask0[i]!), C);
    checkRows('dpositions', got.dpositions, want.dpos.map((v, i) => v + fromLocal[i]! + dpositions0[i]!), C);
  });
});

test('every patch masked, or none', async () => {
  const [g, l] = [5, 3];
  const layout = layoutOf(g, l);
  const rows = rowsOf(sequencesOf(layout));
  const dtokens = normals(rows * C, 1);
  for (const hidden of [0, 1]) {
    const mask = new Uint32Array(layout.globals * g * g).fill(hidden);
    const want = twin.assembleTokensBackward(dtokens, mask, layout, C);
    const got = await runOp(gpu, { dtokens: padRows(dtokens, rows, C), mask, resample: bicubicMatrix(g, l) },
      { dpatches: want.dpatches.length / C * padded(C), dcls: new Float32Array(8), dmask: new Float32Array(8), dpositions: new Float32Array((1 + g * g) * 8) },
      (p, t) => assembleTokensBackward(p, { ...t, sequences: sequencesOf(layout), c: C, local: { resample: t.resample, g, l } }));
    checkRows('dpatches', got.dpatches, want.dpatches, C);
    checkRows('dmask', got.dmask, want.dmaskToken, C);
    expect(got.dmask.some(v => v !== 0)).toBe(hidden === 1);
  }
});
