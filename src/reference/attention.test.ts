import { describe, expect, test } from 'vitest';
import goldens from '#testing/fixtures/op-goldens.json';
import { relativeError } from '#testing/golden/relative-error.ts';
import { dot, wave } from '#testing/golden/wave.ts';
import { checkGradient } from '#testing/gradient-check.ts';
import { attentionBackward, attentionForward, attentionWeights } from './attention.ts';

const [N, C, heads] = [7, 6, 2];
const starts = [0, 4, 5];
const lengths = [4, 1, 2];
const qkv = wave(N * 3 * C, 1, 2);
const dout = wave(N * C, 2);

describe('attention', () => {
  test('agrees with PyTorch on packed sequences, forward and backward', () => {
    const { out, lse } = attentionForward(qkv, starts, lengths, heads, C);
    expect(relativeError(out, goldens.attention.y)).toBeLessThan(1e-13);
    const dqkv = attentionBackward(dout, qkv, out, lse, starts, lengths, heads, C);
    expect(relativeError(dqkv, goldens.attention.dqkv)).toBeLessThan(1e-13);
  });

  test('has the gradient of central differences', () => {
    const { out, lse } = attentionForward(qkv, starts, lengths, heads, C);
    const dqkv = attentionBackward(dout, qkv, out, lse, starts, lengths, heads, C);
    checkGradient(v => dot(attentionForward(v, starts, lengths, heads, C).out, dout), qkv, dqkv);
  });

  test('a sequence of one token passes its value through', () => {
    const { out, lse } = attentionForward(qkv, [4], [1], heads, C);
    expect([...out.subarray(4 * C, 5 * C)]).toEqual([...qkv.subarray(4 * 3 * C + 2 * C, 5 * 3 * C)]);
    expect(out.subarray(0, 4 * C).every(v => v === 0)).toBe(true);
    expect(lse[0]).toBe(0);
  });

  test('survives scores whose exp overflows or underflows', () => {
    for (const sign of [1, -1]) {
      const large = qkv.map((v, i) => i % (3 * C) < C ? sign * 1e4 * v : v);
      const { out, lse } = attentionForward(large, starts, lengths, heads, C);
      expect(out.every(Number.isFinite)).toBe(true);
      expect(lse.filter(v => Math.abs(v) > 750).length).toBe(lse.length);
    }
  });

  test('its weights sum to 1 per head and rebuild the output', () => {
    const { out } = attentionForward(qkv, starts, lengths, heads, C);
    const [start, length, query, D] = [5, 2, 1, C / heads];
    const weights = attentionWeights(qkv, start, length, heads, C, query);
    expect(weights).toHaveLength(heads * length);
    for (let head = 0; head < heads; head++) {
      const row = weights.subarray(head * length, (head + 1) * length);
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
      for (let d = 0; d < D; d++) {
        const value = (key: number) => qkv[(start + key) * 3 * C + 2 * C + head * D + d]!;
        const expected = row.reduce((sum, p, key) => sum + p * value(key), 0);
        expect(out[(start + query) * C + head * D + d]).toBeCloseTo(expected, 14);
      }
    }
  });
});
