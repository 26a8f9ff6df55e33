/**
 * A disk in memory that can crash. What was written since a file's last flush may be there afterwards or not, in pieces of
 * pages or of single bytes; files that were made may be missing, removed ones back, truncations undone.
 */
import type { Disk, DiskFile } from '#engine/checkpoint/disk.ts';
import type { Rng } from '#lib/rng.ts';

const PAGE = 4096;

type Change = { at: number; bytes: Uint8Array<ArrayBuffer> } | { size: number };

interface Entry {
  /** What is on the disk for certain, and what was done since. */
  safe: Uint8Array<ArrayBuffer>;
  changes: Change[];
  now: Uint8Array<ArrayBuffer>;
  /** Whether a crash may still take the file itself away. */
  made: 'flushed' | 'pending';
  removed: boolean;
  /** What had the same name before, whose removal a crash may undo. */
  before: Entry | null;
}

/** The machine is off: nothing answers any more. */
export class CrashError extends Error {
  override name = 'CrashError';
}

export class FakeDisk implements Disk {
  quota = Infinity;
  /** Calls that may change something, so far; the `failAt`-th throws QuotaExceededError, the `crashAt`-th and later CrashError. */
  calls = 0;
  bytesRead = 0;
  crashAt = Infinity;
  failAt = Infinity;
  /** From this call on there is no room: whatever needs some throws QuotaExceededError. */
  fullAt = Infinity;
  private readonly entries = new Map<string, Entry>();

  async folders(): Promise<string[]> {
    return [...new Set([...this.live()].map(([path]) => path.split('/')[0]!))].sort();
  }

  async files(folder: string): Promise<Map<string, number>> {
    return new Map([...this.live()].filter(([path]) => path.startsWith(`${folder}/`)).map(([path, e]) => [path.slice(folder.length + 1), e.now.length]));
  }

  async read(folder: string, file: string, from = 0, to?: number): Promise<ArrayBuffer> {
    const entry = this.entries.get(`${folder}/${file}`);
    if (!entry || entry.removed) throw new DOMException(`There is no ${folder}/${file}.`, 'NotFoundError');
    const part = entry.now.slice(from, to);
    this.bytesRead += part.length;
    return part.buffer;
  }

  async open(folder: string, file: string): Promise<DiskFile> {
    const path = `${folder}/${file}`;
    const old = this.entries.get(path);
    this.count(true, !old || old.removed);
    const entry: Entry = old && !old.removed ? old : { safe: new Uint8Array(), changes: [], now: new Uint8Array(), made: 'pending', removed: false, before: old ?? null };
    this.entries.set(path, entry);
    return this.handle(entry);
  }

  async remove(folder: string, file?: string): Promise<void> {
    this.count(false);
    for (const [path, entry] of this.live()) if (file === undefined ? path.startsWith(`${folder}/`) : path === `${folder}/${file}`) entry.removed = true;
  }

  async room(): Promise<{ used: number; quota: number; persistent: boolean }> {
    return { used: this.used(), quota: this.quota, persistent: false };
  }

  used(): number {
    return [...this.live()].reduce((n, [, e]) => n + e.now.length, 0);
  }

  /** Changes a file behind everybody's back. */
  damage(folder: string, file: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
    const entry = this.entries.get(`${folder}/${file}`)!;
    entry.safe = entry.now = change(entry.now.slice());
    entry.changes = [];
  }

  /** A disk as it may be found after the power went, by chance. */
  crash(rng: Rng): FakeDisk {
    const after = new FakeDisk();
    // How likely a change is kept: none, all, or anything between; and whether pages or bytes are torn.
    const share = [0, 1, rng.next()][rng.int(0, 2)]!;
    const keep = () => rng.next() < share;
    const tear = rng.int(0, 1) ? PAGE : 1 + rng.int(0, 200);
    for (const [path, entry] of this.entries) {
      let found: Entry | null = entry;
      while (found && (found.removed ? keep() : found.made === 'pending' && !keep())) found = found.before;
      if (!found) continue;
      const bytes = torn(found, keep, tear);
      after.entries.set(path, { safe: bytes, changes: [], now: bytes.slice(), made: 'flushed', removed: false, before: null });
    }
    return after;
  }

  private* live(): Iterable<[string, Entry]> {
    for (const [path, entry] of this.entries) if (!entry.removed) yield [path, entry];
  }

  private count(fallible = true, needsRoom = false): void {
    this.calls++;
    if (this.calls >= this.crashAt) throw new CrashError('The power went.');
    if (fallible && this.calls === this.failAt || needsRoom && this.calls >= this.fullAt) throw new DOMException('No room.', 'QuotaExceededError');
  }

  private handle(entry: Entry): DiskFile {
    let open = true;
    const touch = (needsRoom = false) => {
      if (!open) throw new DOMException('The file is closed.', 'InvalidStateError');
      this.count(true, needsRoom);
    };
    return {
      size: () => entry.now.length,
      read: (into, at) => {
        const part = entry.now.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (bytes, at) => {
        touch(true);
        const grown = Math.max(0, at + bytes.length - entry.now.length);
        if (this.used() + grown > this.quota) throw new DOMException('No room.', 'QuotaExceededError');
        const change = { at, bytes: bytes.slice() };
        entry.now = apply(entry.now, change);
        entry.changes.push(change);
        return bytes.length;
      },
      truncate: size => {
        touch();
        entry.now = apply(entry.now, { size });
        entry.changes.push({ size });
      },
      flush: () => {
        touch();
        entry.safe = entry.now.slice();
        entry.changes = [];
        entry.made = 'flushed';
      },
      close: () => { open = false; },
    };
  }
}

/** Beyond the end, zeros come between. */
function apply(bytes: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  const size = 'size' in change ? change.size : Math.max(bytes.length, change.at + change.bytes.length);
  const result = new Uint8Array(size);
  result.set(bytes.subarray(0, size));
  if ('at' in change) result.set(change.bytes, change.at);
  return result;
}

function torn(entry: Entry, keep: () => boolean, tear: number): Uint8Array<ArrayBuffer> {
  let bytes = entry.safe.slice();
  for (const change of entry.changes) {
    if ('size' in change) {
      if (keep()) bytes = apply(bytes, change);
      continue;
    }
    for (let from = 0; from < change.bytes.length;) {
      const to = Math.min(change.bytes.length, from + tear - (change.at + from) % tear);
      if (keep()) bytes = apply(bytes, { at: change.at + from, bytes: change.bytes.subarray(from, to) });
      from = to;
    }
  }
  return bytes;
}
