import { describe, expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import {
  assembleTokens, assembleTokensBackward, bicubicMatrix, patchify, resamplePositions, resamplePositionsBackward,
} from './embed.ts';
import { gemmNT } from './gemm.ts';

describe('patchify', () => {
  test('makes a convolution with stride P a matrix product', () => {
    const patches = patchify(wave(2 * 3 * 6 * 6, 1), 2, 6, 3);
    expect(relativeError(gemmNT(patches, wave(4 * 27, 2), 8, 4, 27), goldens.patchify.y)).toBeLessThan(1e-13);
  });

  test('takes patches row by row, channels outermost inside a patch', () => {
    const image = Array.from({ length: 48 }, (_, i) => i);
    expect([...patchify(image, 1, 4, 2).subarray(12, 24)]).toEqual([2, 3, 6, 7, 18, 19, 22, 23, 34, 35, 38, 39]);
  });
});

describe('bicubic resampling', () => {
  test.each(Object.entries(goldens.bicubic))('the matrix %s is that of PyTorch', (name, expected) => {
    const [from, to] = name.split('x').map(Number) as [number, number];
    expect(relativeError(bicubicMatrix(from, to), expected)).toBeLessThan(1e-14);
  });

  test('of the seed (14 -> 6) has the printed rows', () => {
    const row2 = bicubicMatrix(14, 6).subarray(28, 42);
    expect(relativeError(row2, [0, 0, 0, 0, -0.1111111, 0.7962963, 0.3703704, -0.0555556, 0, 0, 0, 0, 0, 0])).toBeLessThan(1e-7);
  });

  test('of positions agrees with PyTorch, forward and backward', () => {
    expect(relativeError(resamplePositions(wave(52, 1), 5, 3, 2), goldens.resample.y)).toBeLessThan(1e-13);
    expect(relativeError(resamplePositionsBackward(wave(20, 2), 5, 3, 2), goldens.resample.dpos)).toBeLessThan(1e-13);
  });

  test('to the same size changes nothing', () => {
    const pos = wave(10 * 2, 1);
    expect(resamplePositions(pos, 3, 3, 2)).toEqual(pos);
    expect(resamplePositionsBackward(pos, 3, 3, 2)).toEqual(pos);
    expect(relativeError(bicubicMatrix(3, 3), [1, 0, 0, 0, 1, 0, 0, 0, 1])).toBe(0);
  });
});

describe('tokens', () => {
  test('a masked patch becomes mask token plus its own position', () => {
    const layout = { globals: 1, g: 2, locals: 1, l: 1 };
    const tokens = assembleTokens([1, 2, 3, 4, 5], [100], [50], [0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.7], [0, 1, 0, 0], layout);
    expect(relativeError(tokens, [100.1, 1.2, 50.3, 3.4, 4.5, 100.1, 5.7])).toBeLessThan(1e-15);
  });

  test.each([
    { name: 'smaller locals', layout: { globals: 2, g: 3, locals: 3, l: 2 } },
    { name: 'locals of the global size', layout: { globals: 2, g: 2, locals: 2, l: 2 } },
    { name: 'no locals', layout: { globals: 2, g: 2, locals: 0, l: 1 } },
  ])('have the gradients of central differences: $name', ({ layout }) => {
    const C = 2;
    const { globals, g, locals, l } = layout;
    const patches = wave((globals * g * g + locals * l * l) * C, 1);
    const [cls, maskToken, pos] = [wave(C, 2), wave(C, 3), wave((1 + g * g) * C, 4)];
    const mask = Array.from({ length: globals * g * g }, (_, i) => i % 3 === 1 ? 1 : 0);
    const forward = (v: { patches?: Float64Array; cls?: Float64Array; maskToken?: Float64Array; pos?: Float64Array }) => {
      const p = v.pos ?? pos;
      return assembleTokens(v.patches ?? patches, v.cls ?? cls, v.maskToken ?? maskToken, p, resamplePositions(p, g, l, C), mask, layout);
    };
    const dtokens = wave(forward({}).length, 5);
    const grad = assembleTokensBackward(dtokens, mask, layout, C);
    const fromLocals = resamplePositionsBackward(grad.dposLocal, g, l, C);
    checkGradient(v => dot(forward({ patches: v }), dtokens), patches, grad.dpatches, { label: 'dpatches' });
    checkGradient(v => dot(forward({ cls: v }), dtokens), cls, grad.dcls, { label: 'dcls' });
    checkGradient(v => dot(forward({ maskToken: v }), dtokens), maskToken, grad.dmaskToken, { label: 'dmaskToken' });
    checkGradient(v => dot(forward({ pos: v }), dtokens), pos, grad.dpos.map((d, i) => d + fromLocals[i]!), { label: 'dpos' });
  });

  test('without a mask no patch is replaced', () => {
    const layout = { globals: 1, g: 2, locals: 0, l: 1 };
    const grad = assembleTokensBackward([1, 2, 3, 4, 5], null, layout, 1);
    expect([...grad.dpatches]).toEqual([2, 3, 4, 5]);
    expect([...grad.dmaskToken]).toEqual([0]);
    expect([...assembleTokens([1, 2, 3, 4], [0], [9], [0, 0, 0, 0, 0], [0, 0], null, layout)]).toEqual([0, 1, 2, 3, 4]);
  });
});
