/** Reads and writes safetensors (https://github.com/huggingface/safetensors#format); reading trusts nothing that the file says. */
import { checkJson } from './check-json.ts';

export class FormatError extends Error {
  override name = 'FormatError';
}

const ARRAYS = { F64: Float64Array, F32: Float32Array, U32: Uint32Array, U8: Uint8Array } as const;

/** The types of numbers that can be read and written, and what holds them. */
export interface Arrays { F64: Float64Array<ArrayBuffer>; F32: Float32Array<ArrayBuffer>; U32: Uint32Array<ArrayBuffer>; U8: Uint8Array<ArrayBuffer> }
export type Dtype = keyof Arrays;

export type StoredTensor<D extends Dtype = 'F32' | 'U8'> = { [K in D]: { dtype: K; shape: number[]; data: Arrays[K] } }[D];

/** What a file says of a tensor: its bytes lie from `at` on. */
export interface TensorPlace<D extends Dtype> { dtype: D; shape: number[]; at: number; bytes: number }

export interface Safetensors<D extends Dtype = 'F32' | 'U8'> { metadata: Map<string, string>; tensors: Map<string, StoredTensor<D>> }

const MAX_HEADER = 100 * 2 ** 20;
/** The header, in it a tensor's entry, in it a shape: three deep. As for values, some 100,000 tensors. */
const LIMITS = { depth: 3, values: 1_000_000 };

const whole = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
/** Of what may be anything and of any length. */
const quoted = (v: unknown): string => typeof v === 'string' ? JSON.stringify(v.slice(0, 80)) : typeof v;

function fail(why: string): never {
  throw new FormatError(`Not a readable safetensors file: ${why}.`);
}

/**
 * Throws FormatError that names what is wrong; tensors of other types than `dtypes` are refused. Tensors that lie at a
 * multiple of their numbers' size are views of `bytes`, others copies, so that a file is in memory once.
 */
export function readSafetensors<D extends Dtype = 'F32' | 'U8'>(bytes: ArrayBuffer, dtypes: readonly D[] = ['F32', 'U8'] as readonly Dtype[] as readonly D[]): Safetensors<D> {
  const { metadata, tensors } = readSafetensorsHeader(bytes, bytes.byteLength, dtypes);
  return { metadata, tensors: new Map([...tensors].map(([name, { dtype, shape, at, bytes: size }]) => [name, { dtype, shape, data: numbers(dtype, bytes, at, size) } as StoredTensor<D>])) };
}

/** How many bytes, from the first on, hold the header of a file that begins with these eight. Throws FormatError. */
export function safetensorsHeaderBytes(start: ArrayBuffer, fileBytes: number): number {
  if (start.byteLength < 8) fail('shorter than 8 bytes');
  const length = Number(new DataView(start).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > fileBytes) fail(`its header claims ${length} bytes`);
  return 8 + length;
}

/** What a file of so many bytes says of itself; its beginning, with all of its header, is enough. Throws FormatError. */
export function readSafetensorsHeader<D extends Dtype>(bytes: ArrayBuffer, fileBytes: number, dtypes: readonly D[]): { metadata: Map<string, string>; tensors: Map<string, TensorPlace<D>> } {
  const { header, data } = parseHeader(bytes, fileBytes);
  const metadata = new Map<string, string>();
  const tensors = new Map<string, TensorPlace<D>>();
  const spans: [from: number, to: number, name: string][] = [];
  const room = fileBytes - data;
  for (const [name, entry] of Object.entries(header)) {
    if (!isObject(entry)) fail(`${quoted(name)} is no object`);
    if (name === '__metadata__') {
      for (const [k, v] of Object.entries(entry)) metadata.set(k, typeof v === 'string' ? v : fail(`its note ${quoted(k)} is no text`));
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry;
    const known = dtypes.find(d => d === dtype) ?? fail(`${quoted(name)} has the type ${quoted(dtype)}, expected ${dtypes.join(' or ')}`);
    if (!Array.isArray(shape) || shape.length > 8 || !shape.every(whole)) fail(`${quoted(name)} has no valid shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) fail(`${quoted(name)} has no valid offsets`);
    const [from, to] = offsets as [number, number];
    const size = (shape as number[]).reduce((n, d) => n * d, ARRAYS[known].BYTES_PER_ELEMENT);
    if (to > room || to - from !== size) fail(`${quoted(name)} claims bytes ${from} to ${to} for ${size} bytes, the file holds ${room}`);
    spans.push([from, to, name]);
    tensors.set(name, { dtype: known, shape: shape as number[], at: data + from, bytes: size });
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [from, to, name] of spans) {
    if (from < end) fail(`two of its tensors overlap, one of them ${quoted(name)}`);
    if (from > end) fail(`${from - end} bytes before ${quoted(name)} belong to no tensor`);
    end = to;
  }
  if (end < room) fail(`its last ${room - end} bytes belong to no tensor`);
  return { metadata, tensors };
}

/** The parsed header and where the data starts. */
function parseHeader(bytes: ArrayBuffer, fileBytes: number): { header: Record<string, unknown>; data: number } {
  const data = safetensorsHeaderBytes(bytes, fileBytes);
  let problem: string | null = null;
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes, 8, data - 8));
    problem = checkJson(text, LIMITS);
    if (!problem) header = JSON.parse(text);
  } catch {
    fail('its header is no JSON');
  }
  if (problem) fail(`in its header ${problem}`);
  if (!isObject(header)) fail('its header is no object');
  return { header: header as Record<string, unknown>, data };
}

function numbers(dtype: Dtype, bytes: ArrayBuffer, at: number, size: number): Arrays[Dtype] {
  const Array = ARRAYS[dtype];
  return at % Array.BYTES_PER_ELEMENT ? new Array(bytes.slice(at, at + size)) : new Array(bytes, at, size / Array.BYTES_PER_ELEMENT);
}

/** Shaped numbers; their type follows from the array. */
export interface Writable { shape: readonly number[]; data: Float64Array | Float32Array | Uint32Array | Uint8Array }

/**
 * Tensors and texts about them as the bytes of a file. The data starts at a multiple of 8 bytes, and tensors lie there by
 * falling size of their numbers, in the order given among equals, so that each is aligned.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, Writable>, metadata: Readonly<Record<string, string>>): ArrayBuffer {
  const sorted = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  // A map: in an object, names that are numbers would change places, and "__proto__" would vanish.
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  let end = 0;
  for (const [name, { shape, data }] of sorted) {
    entries.set(name, { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] });
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(`{${[...entries].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  bytes.fill(0x20, 8, 8 + length); // the header is padded with spaces
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes.buffer;
}

function dtypeOf(data: Writable['data']): Dtype {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Uint32Array ? 'U32' : 'U8';
}
