/** The backward of residual branches against the twin: scaled or not, dropped or not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { Program } from '#engine/gpu/program.ts';
import { padded, tensor } from '#engine/gpu/tensor.ts';
import { residualBackward as twin } from '#reference/residual.ts';
import { checkRows, normals, openGpu, padRows, runOp, WAYS } from '#testing/check-op.ts';
import { residualBackward } from './residual.ts';
import { rowsOf, type Sequences } from './sequences.ts';

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  describe.each([
    [3, { globals: 1, globalTokens: 1, locals: 0, localTokens: 0 }],
    [33, { globals: 2, globalTokens: 26, locals: 3, localTokens: 5 }],
    [68, { globals: 2, globalTokens: 65, locals: 1, localTokens: 7 }],
    [96, { globals: 3, globalTokens: 131, locals: 1, localTokens: 7 }],
  ] as [number, Sequences][])('%i channels, %o', (c, sequences) => {
    const rows = rowsOf(sequences);
    const drop = Float32Array.of(1.25, 0, 0, 1.25, 2).slice(0, sequences.globals + sequences.locals);
    const lengths = Array.from(drop, (_, s) => s < sequences.globals ? sequences.globalTokens : sequences.localTokens);
    const dropRows = lengths.flatMap((n, s) => new Array<number>(n).fill(drop[s]!));
    const [dy, gamma, branch, dgamma0] = [normals(rows * c, 1), normals(c, 2), normals(rows * c, 3), normals(c, 4)];

    test.each([[true, true], [true, false], [false, true]])('scaled: %s, dropped: %s', async (scaled, dropped) => {
      const got = await runOp(gpu,
        { dy: padRows(dy, rows, c), gamma: padRows(gamma, 1, c), branch: padRows(branch, rows, c), drop },
        { dgamma: padRows(dgamma0, 1, c), dbranch: rows * padded(c) },
        (p, t) => {
          const from = residualBackward(p, {
            dy: t.dy, c, sequences, ...(dropped ? { drop: t.drop } : {}), ...(scaled ? { scale: { gamma: t.gamma, branch: t.branch, dgamma: t.dgamma } } : {}),
          });
          p.copy({ from, to: t.dbranch, at: () => 0, words: () => rows * padded(c) });
        });
      const want = twin(dy, branch, scaled ? gamma : null, dropped ? dropRows : null, rows, c);
      checkRows('dbranch', got.dbranch, want.dbranch, c);
      checkRows('dgamma', got.dgamma, Array.from(dgamma0, (v, i) => v + (want.dgamma?.[i] ?? 0)), c);
    });
  });

  test('a plain branch takes the gradient as it is', () => {
    const p = new Program(gpu, 'test');
    const dy = tensor(gpu, 'dy', 4);
    expect(residualBackward(p, { dy, c: 4, sequences: { globals: 1, globalTokens: 1, locals: 0, localTokens: 0 } })).toBe(dy);
    expect(p.dispatches).toBe(0);
    gpu.release(dy.buffer!);
  });
});
