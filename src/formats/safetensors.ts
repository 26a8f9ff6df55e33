/** Reads and writes safetensors (https://github.com/huggingface/safetensors#format); reading trusts nothing that the file says. */

export class FormatError extends Error {
  override name = 'FormatError';
}

export interface StoredTensor { dtype: 'F32' | 'U8'; shape: number[]; data: Float32Array | Uint8Array }

export interface Safetensors { metadata: Map<string, string>; tensors: Map<string, StoredTensor> }

const MAX_HEADER = 100 * 2 ** 20;
const BYTES = { F32: 4, U8: 1 } as const;

/** Throws FormatError that names what is wrong. Tensors other than F32 and U8 are refused. */
export function readSafetensors(bytes: ArrayBuffer): Safetensors {
  const fail = (why: string): never => { throw new FormatError(`Not a readable safetensors file: ${why}.`); };
  if (bytes.byteLength < 8) fail('shorter than 8 bytes');
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > bytes.byteLength) fail(`its header claims ${length} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes, 8, length)));
  } catch {
    fail('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail('its header is no object');
  const metadata = new Map<string, string>();
  const tensors = new Map<string, StoredTensor>();
  const spans: [number, number][] = [];
  const room = bytes.byteLength - 8 - length;
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      for (const [k, v] of Object.entries(entry ?? {})) metadata.set(k, String(v));
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (dtype !== 'F32' && dtype !== 'U8') return fail(`"${name}" has the type ${String(dtype)}, expected F32 or U8`);
    const whole = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
    if (!Array.isArray(shape) || shape.length > 8 || !shape.every(whole)) return fail(`"${name}" has no valid shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) return fail(`"${name}" has no valid offsets`);
    const [from, to] = offsets as [number, number];
    const size = (shape as number[]).reduce((n, d) => n * d, BYTES[dtype]);
    if (to > room || to - from !== size) fail(`"${name}" claims bytes ${from} to ${to} for ${size} bytes, the file holds ${room}`);
    if (size) spans.push([from, to]);
    // A copy: offsets need not be multiples of 4.
    const slice = bytes.slice(8 + length + from, 8 + length + to);
    tensors.set(name, { dtype, shape: shape as number[], data: dtype === 'F32' ? new Float32Array(slice) : new Uint8Array(slice) });
  }
  spans.sort((a, b) => a[0] - b[0]);
  if (spans.some((s, i) => i > 0 && s[0] < spans[i - 1]![1])) fail('two of its tensors overlap');
  return { metadata, tensors };
}

/** Float32 tensors and texts about them as the bytes of a file. The data starts at a multiple of 8 bytes. */
export function writeSafetensors(tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>, metadata: Readonly<Record<string, string>>): ArrayBuffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length); // the header is padded with spaces
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes.buffer;
}
