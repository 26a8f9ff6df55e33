/** Makes zip archives, right and wrong, for tests. Layout: APPNOTE 4.3. */
import { crc32 } from '#engine/data/crc32.ts';

export interface ZipPart {
  name: string;
  bytes: Uint8Array;
  /** Packed by deflate unless this says otherwise. */
  stored?: boolean;
  /** What the list of entries says in place of the truth. */
  size?: number;
  packed?: number;
  crc?: number;
  method?: number;
  flags?: number;
  /** Place of the local header. */
  offset?: number;
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const le = (value: number, bytes: number): number[] => Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** An archive of `parts`; the lies are told both in the local headers and in the list, but for `offset`, which is in the list alone. */
export async function makeZip(parts: readonly ZipPart[]): Promise<Uint8Array<ArrayBuffer>> {
  const out: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  for (const part of parts) {
    const name = new TextEncoder().encode(part.name);
    const data = part.stored ? part.bytes : await deflate(part.bytes);
    const common = [
      ...le(20, 2), ...le(part.flags ?? 0x800, 2), ...le(part.method ?? (part.stored ? 0 : 8), 2), ...le(0, 4), ...le(part.crc ?? crc32(part.bytes), 4),
      ...le(part.packed ?? data.length, 4), ...le(part.size ?? part.bytes.length, 4), ...le(name.length, 2), ...le(0, 2),
    ];
    const local = new Uint8Array([0x50, 0x4b, 3, 4, ...common]);
    list.push(new Uint8Array([0x50, 0x4b, 1, 2, ...le(20, 2), ...common, ...le(0, 10), ...le(part.offset ?? at, 4)]), name);
    out.push(local, name, data);
    at += local.length + name.length + data.length;
  }
  const length = list.reduce((sum, part) => sum + part.length, 0);
  const end = new Uint8Array([0x50, 0x4b, 5, 6, ...le(0, 4), ...le(parts.length, 2), ...le(parts.length, 2), ...le(length, 4), ...le(at, 4), ...le(0, 2)]);
  return new Uint8Array(await new Blob([...out, ...list, end] as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
