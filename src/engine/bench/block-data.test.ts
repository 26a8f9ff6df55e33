import { expect, test } from 'vitest';
import { blockData, blockFlops, PEER_BLOCK } from './block-data.ts';

const SIZE = { batch: 2, tokens: 3, width: 8, heads: 2 };

test('gives every parameter its shape, and the same numbers each time', () => {
  const data = blockData(SIZE);
  expect(Object.fromEntries(Object.entries(data.weights).map(([name, w]) => [name, w.shape]))).toEqual({
    'norm1.weight': [8], 'norm1.bias': [8], 'attn.qkv.weight': [24, 8], 'attn.qkv.bias': [24], 'attn.proj.weight': [8, 8], 'attn.proj.bias': [8],
    'norm2.weight': [8], 'norm2.bias': [8], 'mlp.fc1.weight': [32, 8], 'mlp.fc1.bias': [32], 'mlp.fc2.weight': [8, 32], 'mlp.fc2.bias': [8],
  });
  for (const { shape, values } of Object.values(data.weights)) expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
  expect(data.x).toHaveLength(48);
  expect(blockData(SIZE)).toEqual(data);
  expect(blockData(SIZE, 2).x).not.toEqual(data.x);
  expect(data.target).not.toEqual(data.x);
});

test('weights are Xavier-uniform, norms near 1', () => {
  const { weights } = blockData(PEER_BLOCK);
  const bound = Math.sqrt(6 / (4 * 192));
  const qkv = weights['attn.qkv.weight']!.values;
  expect(Math.max(...qkv.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
  expect(Math.sqrt(qkv.reduce((s, v) => s + v * v, 0) / qkv.length)).toBeCloseTo(bound / Math.sqrt(3), 3);
  const norm = weights['norm1.weight']!.values;
  expect(norm.reduce((a, b) => a + b, 0) / norm.length).toBeCloseTo(1, 1);
});

test('counts the operations of a step', () => {
  // 256 tokens, 12 x 192^2 weights, two products of 64 x 64 x 192 per sequence; three times for the backward.
  expect(blockFlops(PEER_BLOCK)).toBe(3 * (2 * 256 * 12 * 192 ** 2 + 4 * 4 * 64 * 64 * 192));
});
