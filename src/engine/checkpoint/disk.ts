/** As little of a file system as keeping runs needs: folders of files, one level deep. Real: opfs.ts. Fake: testing/fake-disk.ts. */
import { StorageError } from './errors.ts';

export interface Disk {
  folders(): Promise<string[]>;
  /** Bytes of each file by name; empty where there is no such folder. */
  files(folder: string): Promise<Map<string, number>>;
  /** The whole file, or its bytes from one place to before another. Works beside a tab that has it open. */
  read(folder: string, file: string, from?: number, to?: number): Promise<ArrayBuffer>;
  /** For writing, by one at a time; makes folder and file where there are none. */
  open(folder: string, file: string): Promise<DiskFile>;
  /** A file, or a folder with all that is in it; nothing where there is none. */
  remove(folder: string, file?: string): Promise<void>;
  /** Bytes that this page's data take of what the browser allows it, roughly; `persistent` where it promised not to evict them. */
  room(): Promise<{ used: number; quota: number; persistent: boolean }>;
}

/** What was written may be lost, whole or in pieces, until flush returns. Any call may throw QuotaExceededError. */
export interface DiskFile {
  size(): number;
  /** Fills `into` as far as the file reaches and returns how many bytes that is. */
  read(into: Uint8Array<ArrayBuffer>, at: number): number;
  /** Returns how many bytes it took. */
  write(bytes: Uint8Array<ArrayBuffer>, at: number): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

const PIECE = 4 * 2 ** 20;

/** A whole file. When this resolves it is on disk. Throws StorageError where the disk gives back other bytes. */
export async function writeFile(disk: Disk, folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await disk.open(folder, name);
  try {
    writeFlushed(file, bytes, 0);
  } finally {
    file.close();
  }
}

/** Writes, flushes, and compares what can be read back. Throws StorageError where it differs. */
export function writeFlushed(file: DiskFile, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  writeAll(file, bytes, at);
  file.flush();
  if (!holds(file, bytes, at)) throw new StorageError('The disk gave back other bytes than were written to it. What was kept before is still there; free space or check the disk, then try again.');
}

/** Throws where the file takes fewer bytes. */
export function writeAll(file: DiskFile, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const wrote = file.write(bytes.subarray(done, done + PIECE), at + done);
    if (wrote <= 0) throw new DOMException('The file takes no more bytes.', 'QuotaExceededError');
    done += wrote;
  }
}

/** Whether the file holds these bytes there; reads it in pieces. */
export function holds(file: DiskFile, bytes: Uint8Array<ArrayBuffer>, at: number): boolean {
  const piece = new Uint8Array(Math.min(PIECE, bytes.length));
  for (let done = 0; done < bytes.length;) {
    const read = file.read(piece.subarray(0, Math.min(PIECE, bytes.length - done)), at + done);
    if (read <= 0 || !equal(piece.subarray(0, read), bytes.subarray(done, done + read))) return false;
    done += read;
  }
  return true;
}

/** Of the same length; four bytes at a time where both lie well. */
function equal(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  let i = 0;
  if (!(a.byteOffset % 4 || b.byteOffset % 4)) {
    const words = a.length >> 2;
    const [x, y] = [new Int32Array(a.buffer, a.byteOffset, words), new Int32Array(b.buffer, b.byteOffset, words)];
    for (let w = 0; w < words; w++) if (x[w] !== y[w]) return false;
    i = 4 * words;
  }
  for (; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
