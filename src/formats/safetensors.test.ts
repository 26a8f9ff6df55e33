import { describe, expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { mutateBytes, mutateText } from '#testing/mutate.ts';
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

test('all four types of numbers are read back, wherever they come to lie', () => {
  const tensors = new Map([
    ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 3) }], ['counts', { shape: [1], data: Uint32Array.of(4e9) }],
    ['reals', { shape: [2], data: Float64Array.of(1 / 3, NaN) }], ['__proto__', { shape: [1, 1], data: Float32Array.of(0.5) }], ['7', { shape: [0], data: new Float32Array() }],
  ]);
  const bytes = writeSafetensors(tensors, {});
  const read = readSafetensors(bytes, ['F64', 'F32', 'U32', 'U8']);
  expect(new Map([...read.tensors].map(([name, { shape, data }]) => [name, { shape, data }]))).toEqual(tensors);
  // In memory once.
  expect([...read.tensors.values()].every(t => t.data.buffer === bytes)).toBe(true);
  expect(() => readSafetensors(bytes)).toThrow('"reals" has the type "F64", expected F32 or U8');
});

test('numbers that lie at no multiple of their size are copied', () => {
  const header = { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, b: { dtype: 'F32', shape: [1], data_offsets: [1, 5] } };
  expect(readSafetensors(file(header, 5)).tensors.get('b')!.data).toEqual(Float32Array.of(0));
});

describe('refuses what JSON.parse would let pass', () => {
  const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  test.each([
    ['a name that comes twice', `{"a":${entry},"a":${entry}}`, 'the name "a" comes twice'],
    ['the same name in other letters', `{"a":${entry},"\\u0061" :${entry}}`, 'the name "a" comes twice'],
    ['a note that comes twice', `{"__metadata__":{"x":"1","x":"2"},"a":${entry}}`, 'the name "x" comes twice'],
    ['a size that comes twice', '{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 'the name "shape" comes twice'],
    ['endless nesting', `{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 'nested more than 3 deep'],
    ['values without end', `{"a":[${'0,'.repeat(1e6)}0]}`, 'more than 1000000 values'],
    ['a note that is no text', `{"__metadata__":{"x":[1]},"a":${entry}}`, 'its note "x" is no text'],
    ['notes that are a list', `{"__metadata__":["x"],"a":${entry}}`, '"__metadata__" is no object'],
    ['a gap', '{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}', '4 bytes before "a" belong to no tensor'],
    ['bytes of no tensor', '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}', 'its last 4 bytes belong to no tensor'],
  ])('%s', (_, header, reason) => {
    expect(() => readSafetensors(file(header, 4))).toThrow(FormatError);
    expect(() => readSafetensors(file(header, 4))).toThrow(reason);
  });

  test('a header of more than 100 MB, without reading it', () => {
    const bytes = new ArrayBuffer(101 * 2 ** 20);
    new DataView(bytes).setBigUint64(0, BigInt(100 * 2 ** 20 + 1), true);
    expect(() => readSafetensors(bytes)).toThrow('its header claims 104857601 bytes');
  });
});

test('10,000 damaged headers: a file or a FormatError, at once, and no number that is not in the file', () => {
  const rng = new Rng(7);
  const good = new TextDecoder().decode(new Uint8Array(sample(), 8)).split('}}')[0]!.concat('}}');
  let refused = 0;
  let slowest = 0;
  for (let i = 0; i < 10_000; i++) {
    const bytes = i % 2 ? mutateBytes(rng, new Uint8Array(sample())).buffer : file(mutateText(rng, good), 28);
    const start = performance.now();
    try {
      const { tensors } = readSafetensors(bytes);
      const held = [...tensors.values()].reduce((n, t) => n + t.data.byteLength, 0);
      if (held > bytes.byteLength) throw new Error(`${held} bytes of numbers from ${bytes.byteLength}`);
    } catch (e) {
      if (!(e instanceof FormatError) || e.message.length > 500) throw e;
      refused++;
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  // Some damage only changes numbers or notes.
  expect(refused).toBeGreaterThan(6000);
  expect(refused).toBeLessThan(9900);
  expect(slowest).toBeLessThan(1000);
});
