import { describe, expect, test } from 'vitest';
import { FormatError, readSafetensors, writeSafetensors } from './safetensors.ts';

const sample = () => writeSafetensors(new Map([
  ['a', { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
  ['b', { shape: [], data: Float32Array.from([-0.5]) }],
]), { about: 'two tensors' });

/** A file with this header and so many bytes of data. */
function file(header: unknown, data = 0): ArrayBuffer {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes.buffer;
}

test('what was written is read back', () => {
  const { metadata, tensors } = readSafetensors(sample());
  expect([...metadata]).toEqual([['about', 'two tensors']]);
  expect(tensors.get('a')).toEqual({ dtype: 'F32', shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) });
  expect(tensors.get('b')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.from([-0.5]) });
});

test('the data starts at a multiple of 8 bytes', () => {
  const bytes = sample();
  expect((bytes.byteLength - 7 * 4) % 8).toBe(0);
});

describe('refuses, with the reason', () => {
  const f32 = (from: number, to: number, shape: unknown = [1]) => ({ dtype: 'F32', shape, data_offsets: [from, to] });
  test.each([
    ['a short file', new ArrayBuffer(3), 'shorter than 8 bytes'],
    ['a header longer than the file', file('{}').slice(0, 9), 'its header claims'],
    ['a header that is no JSON', file('nonsense'), 'no JSON'],
    ['a header that is a list', file([]), 'no object'],
    ['an unknown type', file({ a: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }, 2), 'F16'],
    ['a negative size', file({ a: f32(0, 4, [-1]) }, 4), 'no valid shape'],
    ['a size that does not fit its bytes', file({ a: f32(0, 4, [2]) }, 8), 'for 8 bytes'],
    ['bytes beyond the end', file({ a: f32(0, 4) }, 3), 'the file holds 3'],
    ['a product too large to be true', file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), 'claims bytes'],
    ['tensors that overlap', file({ a: f32(0, 4), b: f32(2, 6) }, 8), 'overlap'],
  ])('%s', (_, bytes, reason) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(reason);
  });
});

test('names from a prototype are only names', () => {
  const bytes = file('{"__proto__": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}, "constructor": {"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8);
  expect([...readSafetensors(bytes).tensors.keys()].sort()).toEqual(['__proto__', 'constructor']);
});
