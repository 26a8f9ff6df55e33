/**
 * Zip archives, hostile or not. zip.js reads the list of entries and holds each against its local header and the others' places;
 * their bytes are inflated here, by the browser's own stream, and counted: what an archive says of their size is a claim.
 */
import { ZipReader, type Entry, type Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { UnusableImageError, messageOf } from '#lib/errors.ts';
import { crc32 } from './crc32.ts';
import { safeEntryPath } from './paths.ts';

/** Over all archives of one dataset. */
export interface ZipLimits {
  entries: number;
  /** Bytes that one entry may inflate to, and all together. */
  entryBytes: number;
  totalBytes: number;
  /** Inflated bytes for each packed one, beyond the first `freeBytes`. */
  ratio: number;
  freeBytes: number;
  /** Bytes of an archive's list of entries. */
  directoryBytes: number;
}

export const ZIP_LIMITS: ZipLimits = {
  entries: 1_000_000, entryBytes: 1 << 28, totalBytes: 2 ** 37, ratio: 200, freeBytes: 1 << 24, directoryBytes: 1 << 28,
};

/** What of the limits has been used up. */
export interface ZipUse { entries: number; bytes: number }

/** One entry: where its bytes lie. Nothing is held but that, and it is inflated again each time it is asked for. */
export interface ZipEntry {
  /** Safe: see `safeEntryPath`. */
  path: string;
  /** Inflated bytes, as declared; `read` throws where it is another number. */
  size: number;
  /** Throws an UnusableImageError. */
  read: () => Promise<Blob>;
}

export type Listed = { path: string; entry: ZipEntry } | { path: string; reason: string };

const MIB = 2 ** 20;

/**
 * The files in an archive, one by one, those that can't be read with the reason; what breaks the archive itself is thrown as an
 * UnusableImageError, after the entries that come before it. Counts into `use`.
 */
export async function* listZip(archive: Blob, use: ZipUse, limits: ZipLimits = ZIP_LIMITS): AsyncGenerator<Listed> {
  const reader = new ZipReader(new BlobWindow(archive, limits.directoryBytes) as unknown as Reader<Blob>, {
    useWebWorkers: false, checkOverlappingEntry: true, filenameValidation: 'tolerant',
  });
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (++use.entries > limits.entries) throw new UnusableImageError(`The zip archive holds more than ${limits.entries.toLocaleString('en')} files: unpack it and add its folders in parts.`);
      if (entry.directory) continue;
      const path = safeEntryPath(entry.filename);
      try {
        yield { path, entry: await locate(archive, entry, path, use, limits) };
      } catch (thrown) {
        yield { path, reason: reasonOf(thrown) };
      }
    }
  } catch (thrown) {
    throw thrown instanceof UnusableImageError ? thrown : new UnusableImageError(reasonOf(thrown));
  }
}

async function locate(archive: Blob, entry: Entry, path: string, use: ZipUse, limits: ZipLimits): Promise<ZipEntry> {
  const { uncompressedSize: size, compressedSize: packed, compressionMethod: method, encrypted, crc32: sum } = entry;
  if (encrypted) throw new UnusableImageError('It is encrypted within the zip archive: unpack the archive with its password and add the folder.');
  if (method !== 0 && method !== 8) throw new UnusableImageError(`It is packed by method ${method}, which isn't read: unpack the archive and add the folder.`);
  if (size > limits.entryBytes) throw new UnusableImageError(`It would inflate to ${Math.round(size / MIB).toLocaleString('en')} MiB, at most ${limits.entryBytes / MIB} are read.`);
  if (method === 0 && size !== packed) throw new UnusableImageError('Its sizes in the zip archive contradict each other.');
  if (tooDense(size, packed, limits)) throw new UnusableImageError(dense(limits));
  // Reads the local header and nothing behind it.
  await (entry as Extract<Entry, { directory: false }>).getData(new WritableStream(), { checkOverlappingEntryOnly: true });
  const start = entry.localDirectory?.dataOffset;
  if (start === undefined) throw new UnusableImageError('Its place in the zip archive is unknown.');
  const bytes = archive.slice(start, start + packed);
  const read = async () => {
    if (use.bytes + size > limits.totalBytes) throw new UnusableImageError(`The zip archives inflate to more than ${limits.totalBytes / 2 ** 30} GiB: unpack them and add the folders.`);
    const { blob, crc } = await inflate(bytes, method, size, limits);
    if (crc !== sum) throw new UnusableImageError('Its bytes in the zip archive are damaged: their check sum is another.');
    return blob;
  };
  let counted = false;
  return {
    path, size,
    read: async () => {
      const blob = await read();
      // Once: later epochs inflate the same again.
      if (!counted) use.bytes += size;
      counted = true;
      return blob;
    },
  };
}

const tooDense = (size: number, packed: number, { ratio, freeBytes }: ZipLimits) => size > freeBytes && size > ratio * packed;
const dense = ({ ratio }: ZipLimits) => `It inflates to more than ${ratio} times its packed size, as no photograph does: a file made to overwhelm, or an empty picture.`;

/** Inflates until there is one byte more than declared. Memory: twice `size` at most. */
async function inflate(packed: Blob, method: number, size: number, limits: ZipLimits): Promise<{ blob: Blob; crc: number }> {
  const stream = method === 0 ? packed.stream() : packed.stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let [count, crc] = [0, 0];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      count += value.length;
      if (count > size) throw new UnusableImageError(`It inflates to more than the ${size.toLocaleString('en')} bytes that the zip archive declares.`);
      if (tooDense(count, packed.size, limits)) throw new UnusableImageError(dense(limits));
      crc = crc32(value, crc);
      parts.push(value as Uint8Array<ArrayBuffer>);
    }
  } catch (thrown) {
    // Not awaited: nothing depends on it.
    reader.cancel().catch(() => {});
    throw thrown instanceof UnusableImageError ? thrown : new UnusableImageError(`Its packed bytes are damaged, or the archive can't be read any more (${messageOf(thrown)}).`);
  }
  if (count !== size) throw new UnusableImageError(`It inflates to ${count.toLocaleString('en')} of the ${size.toLocaleString('en')} bytes that the zip archive declares.`);
  return { blob: new Blob(parts), crc };
}

/** What zip.js says, in words that help. */
function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  if (thrown instanceof UnusableImageError) return message;
  if (/^End of |not recognized|Central directory/.test(message)) return 'The zip archive is cut short or damaged: the list of its files isn\'t where it must be. Download it again, or unpack it with another program and add the folder.';
  if (/Overlapping/i.test(message)) return 'Its bytes overlap those of another file in the zip archive: an archive made to overwhelm, or a damaged one.';
  if (/Local file header|out of bounds|Zip64|64-bit/i.test(message)) return 'It doesn\'t lie where the zip archive says: the archive is cut short or damaged.';
  if (/Ambiguous/i.test(message)) return 'The zip archive contradicts itself: it may be damaged. Unpack it with another program and add the folder.';
  if (/Split/.test(message)) return 'The zip archive is one part of several: unpack them together and add the folder.';
  if (/ncrypt/.test(message)) return 'The zip archive is encrypted: unpack it with its password and add the folder.';
  return `The zip archive can't be read (${message}): unpack it with another program and add the folder.`;
}

/** Reads of an archive; small ones are served from the last stretch that was read, as local headers lie one after the other. */
class BlobWindow {
  readonly size: number;
  readonly #blob: Blob;
  readonly #mostBytes: number;
  #from = 0;
  #bytes = new Uint8Array();

  constructor(blob: Blob, mostBytes: number) {
    this.#blob = blob;
    this.size = blob.size;
    this.#mostBytes = mostBytes;
  }

  async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.size, offset + length);
    if (!(offset >= 0) || !(end > offset)) return new Uint8Array();
    if (end - offset > this.#mostBytes) throw new UnusableImageError(`The zip archive's list of files takes ${Math.round((end - offset) / MIB)} MiB, at most ${this.#mostBytes / MIB} are read: unpack it and add the folder.`);
    if (end - offset > STRETCH) return new Uint8Array(await this.#blob.slice(offset, end).arrayBuffer());
    if (offset < this.#from || end > this.#from + this.#bytes.length) {
      this.#bytes = new Uint8Array(await this.#blob.slice(offset, offset + STRETCH).arrayBuffer());
      this.#from = offset;
    }
    return this.#bytes.slice(offset - this.#from, end - this.#from);
  }
}

const STRETCH = 1 << 16;
