import { describe, expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { blockMasks, maxMaskedPatches, type MaskOptions } from './masking.ts';

const options: MaskOptions = { maskedImages: 0.5, maskRatio: [0.1, 0.5], maskMinBlock: 4 };

/** Hidden patches of each image. */
function counts(masks: Uint8Array, grid: number): number[] {
  const cells = grid * grid;
  return Array.from({ length: masks.length / cells }, (_, i) => masks.subarray(i * cells, (i + 1) * cells).reduce((a, b) => a + b, 0));
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('the reference\'s statistics on 128 images of 14x14 patches', () => {
  const draws = (o: MaskOptions, n: number) => Array.from({ length: n }, (_, seed) => counts(blockMasks(new Rng(seed), 128, 14, o), 14));

  test('smallest block 4', () => {
    const batches = draws(options, 40);
    for (const c of batches) expect(c.filter(n => n > 0)).toHaveLength(64);
    const totals = batches.map(sum);
    // lightly: mean 3726, always within 3717..3737
    expect(sum(totals) / totals.length).toBeGreaterThan(3722);
    expect(sum(totals) / totals.length).toBeLessThan(3730);
    for (const t of totals) expect(Math.abs(t - 3727)).toBeLessThan(20);
    const shares = batches.flat().filter(n => n > 0).map(n => n / 196);
    expect(Math.min(...shares)).toBeGreaterThan(0.09);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.5);
    expect(sum(shares) / shares.length).toBeCloseTo(0.297, 2);
  });

  test('smallest block 16 leaves more gaps', () => {
    const totals = draws({ ...options, maskMinBlock: 16 }, 40).map(sum);
    expect(Math.abs(sum(totals) / totals.length - 3691)).toBeLessThan(8); // lightly: 3691
  });

  test('masked images are dealt at random', () => {
    const first = draws(options, 200).filter(c => c[0]! > 0).length;
    expect(Math.abs(first - 100)).toBeLessThan(30); // 4 standard deviations
  });
});

describe('any grid', () => {
  test.each([1, 2, 4, 5, 7])('%i patches a side: as many as asked for, never more', grid => {
    let hidden = 0;
    for (let seed = 0; seed < 50; seed++) {
      const c = counts(blockMasks(new Rng(seed, 3), 20, grid, { ...options, maskMinBlock: 9 }), grid);
      expect(c.filter(n => n > 0).length).toBeLessThanOrEqual(10);
      // the shares are spread over 10 equal parts of 0.1..0.5, so sorted counts stay below their bounds
      c.sort((a, b) => a - b).slice(10).forEach((n, k) => expect(n).toBeLessThanOrEqual(Math.floor(grid * grid * (0.1 + 0.04 * (k + 1)) + 1e-9)));
      expect(sum(c)).toBeLessThanOrEqual(maxMaskedPatches(20, grid, options));
      hidden += sum(c);
    }
    if (grid === 1) expect(hidden).toBe(0);
    else expect(hidden).toBeGreaterThan(50 * 10 * grid * grid * 0.15);
  });

  test('a hidden patch has neighbours: blocks, not noise', () => {
    const masks = blockMasks(new Rng(1), 64, 14, options);
    let pairs = 0;
    masks.forEach((v, i) => {
      if (v && i % 14 < 13) pairs += masks[i + 1]!;
    });
    // at the same 30%, single patches at random would give a share of 0.3
    expect(pairs / sum(counts(masks, 14))).toBeGreaterThan(0.6);
  });
});

test('no masks at all', () => {
  expect(sum(counts(blockMasks(new Rng(0), 8, 6, { ...options, maskedImages: 0 }), 6))).toBe(0);
  expect(sum(counts(blockMasks(new Rng(0), 8, 6, { ...options, maskRatio: [0, 0] }), 6))).toBe(0);
  expect(maxMaskedPatches(8, 6, { ...options, maskedImages: 0 })).toBe(0);
});

test('the same seed gives the same masks, another seed others', () => {
  const draw = (seed: number) => blockMasks(new Rng(seed), 16, 8, options);
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
});

test('the bound on a batch, and on its micro-batches', () => {
  expect(maxMaskedPatches(128, 14, options)).toBe(3771); // the sum over k of floor(196 * p[k+1])
  expect(maxMaskedPatches(1, 14, options, 128)).toBe(98);
  expect(maxMaskedPatches(64, 14, options, 128)).toBe(3771); // all masked ones may meet in one half
  let most = 0;
  for (let seed = 0; seed < 20; seed++) {
    const c = counts(blockMasks(new Rng(seed), 128, 14, options), 14).sort((a, b) => b - a);
    most = Math.max(most, sum(c.slice(0, 16)));
  }
  expect(most).toBeLessThanOrEqual(maxMaskedPatches(16, 14, options, 128));
  expect(most).toBeGreaterThan(0.97 * maxMaskedPatches(16, 14, options, 128));
});
