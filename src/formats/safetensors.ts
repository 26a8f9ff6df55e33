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

/** Of what a header lists: where in the file. */
interface Entry<D extends Dtype> { dtype: D; shape: number[]; from: number; to: number }

/**
 * Throws FormatError that names what is wrong; tensors of other types than `dtypes` are refused. Tensors that lie at a
 * multiple of their numbers' size are views of `bytes`, others copies, so that a file is in memory once.
 */
export function readSafetensors<D extends Dtype = 'F32' | 'U8'>(bytes: ArrayBuffer, dtypes: readonly D[] = ['F32', 'U8'] as readonly Dtype[] as readonly D[]): Safetensors<D> {
  const data = dataAt(bytes, bytes.byteLength);
  const { metadata, entries } = listed(new Uint8Array(bytes, 8, data - 8), bytes.byteLength, dtypes);
  return { metadata, tensors: new Map([...entries].map(([name, entry]) => [name, stored(entry, bytes, entry.from)])) };
}

/** A file of which not all is read: its metadata, and each tensor when it is asked for (null where there is none of the name). */
export interface PartlyRead<D extends Dtype> { metadata: Map<string, string>; tensor: (name: string) => Promise<StoredTensor<D> | null> }

/** Reads the header of a file of so many bytes; `read` gives those from one place up to another. Throws as `readSafetensors` does. */
export async function openSafetensors<D extends Dtype>(size: number, read: (from: number, to: number) => Promise<ArrayBuffer>, dtypes: readonly D[]): Promise<PartlyRead<D>> {
  const part = async (from: number, to: number) => {
    const bytes = await read(from, to);
    return bytes.byteLength === to - from ? bytes : fail(`it ends before its byte ${to}`);
  };
  const data = dataAt(await part(0, Math.min(8, size)), size);
  const { metadata, entries } = listed(new Uint8Array(await part(8, data)), size, dtypes);
  return { metadata, tensor: async name => {
    const entry = entries.get(name);
    return entry ? stored(entry, await part(entry.from, entry.to), 0) : null;
  } };
}

/** Where the data of a file of `size` bytes starts, by its first eight. */
function dataAt(head: ArrayBuffer, size: number): number {
  if (head.byteLength < 8) fail('shorter than 8 bytes');
  const length = Number(new DataView(head).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > size) fail(`its header claims ${length} bytes`);
  return 8 + length;
}

/** What a header says, checked against the file's size. */
function listed<D extends Dtype>(json: Uint8Array, size: number, dtypes: readonly D[]): { metadata: Map<string, string>; entries: Map<string, Entry<D>> } {
  const metadata = new Map<string, string>();
  const entries = new Map<string, Entry<D>>();
  const spans: [from: number, to: number, name: string][] = [];
  const data = 8 + json.length;
  const room = size - data;
  for (const [name, entry] of Object.entries(parseHeader(json))) {
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
    const bytes = (shape as number[]).reduce((n, d) => n * d, ARRAYS[known].BYTES_PER_ELEMENT);
    if (to > room || to - from !== bytes) fail(`${quoted(name)} claims bytes ${from} to ${to} for ${bytes} bytes, the file holds ${room}`);
    spans.push([from, to, name]);
    entries.set(name, { dtype: known, shape: shape as number[], from: data + from, to: data + to });
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [from, to, name] of spans) {
    if (from < end) fail(`two of its tensors overlap, one of them ${quoted(name)}`);
    if (from > end) fail(`${from - end} bytes before ${quoted(name)} belong to no tensor`);
    end = to;
  }
  if (end < room) fail(`its last ${room - end} bytes belong to no tensor`);
  return { metadata, entries };
}

function parseHeader(json: Uint8Array): Record<string, unknown> {
  let problem: string | null = null;
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    problem = checkJson(text, LIMITS);
    if (!problem) header = JSON.parse(text);
  } catch {
    fail('its header is no JSON');
  }
  if (problem) fail(`in its header ${problem}`);
  return isObject(header) ? header : fail('its header is no object');
}

/** A tensor that lies at byte `at` of `bytes`. */
function stored<D extends Dtype>({ dtype, shape, from, to }: Entry<D>, bytes: ArrayBuffer, at: number): StoredTensor<D> {
  return { dtype, shape, data: numbers(dtype, bytes, at, to - from) } as StoredTensor<D>;
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
