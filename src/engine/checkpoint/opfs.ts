/** The browser's private file system. Its synchronous handles exist in workers only. */
import type { Disk, DiskFile } from './disk.ts';
import { StorageError } from './errors.ts';

/** A worker that was ended in the middle of a write gives its file back a moment later. */
const PATIENCE = { tries: 40, milliseconds: 50 };

/** Throws StorageError that says why nothing can be kept here. */
export async function openOpfs(root = 'runs'): Promise<Disk> {
  if (!('FileSystemFileHandle' in globalThis) || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) {
    throw new StorageError('Runs can\'t be kept: this browser has no private file system for pages. Use a current Chrome, Edge, Firefox or Safari.');
  }
  let base: FileSystemDirectoryHandle;
  try {
    base = await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true });
  } catch (e) {
    throw new StorageError(`Runs can't be kept: the browser refuses to store anything for this page (${e instanceof Error ? e.message : String(e)}). Leave the private window, or allow this page to store data.`);
  }
  return new Opfs(base);
}

class Opfs implements Disk {
  private readonly base: FileSystemDirectoryHandle;

  constructor(base: FileSystemDirectoryHandle) {
    this.base = base;
  }

  async folders(): Promise<string[]> {
    const names: string[] = [];
    for await (const [name, handle] of this.base.entries()) if (handle.kind === 'directory') names.push(name);
    return names;
  }

  async files(folder: string): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    const handle = await orNull(this.base.getDirectoryHandle(folder));
    if (!handle) return sizes;
    for await (const [name, entry] of handle.entries()) {
      // It may be gone meanwhile, where another tab writes.
      const file = entry.kind === 'file' ? await orNull((entry as FileSystemFileHandle).getFile()) : null;
      if (file) sizes.set(name, file.size);
    }
    return sizes;
  }

  async read(folder: string, file: string, from = 0, to?: number): Promise<ArrayBuffer> {
    const handle = await this.base.getDirectoryHandle(folder);
    return (await (await handle.getFileHandle(file)).getFile()).slice(from, to).arrayBuffer();
  }

  async open(folder: string, file: string): Promise<DiskFile> {
    const handle = await (await this.base.getDirectoryHandle(folder, { create: true })).getFileHandle(file, { create: true });
    return openFile(await patiently(() => handle.createSyncAccessHandle()));
  }

  async remove(folder: string, file?: string): Promise<void> {
    const parent = file === undefined ? this.base : await orNull(this.base.getDirectoryHandle(folder));
    if (parent) await orNull(patiently(() => parent.removeEntry(file ?? folder, { recursive: true })));
  }

  async room(): Promise<{ used: number; quota: number; persistent: boolean }> {
    const { usage = 0, quota = Infinity } = await navigator.storage.estimate();
    return { used: usage, quota, persistent: await navigator.storage.persisted() };
  }
}

function openFile(handle: FileSystemSyncAccessHandle): DiskFile {
  return {
    size: () => handle.getSize(),
    read: (into, at) => handle.read(into, { at }),
    write: (bytes, at) => handle.write(bytes, { at }),
    truncate: size => handle.truncate(size),
    flush: () => handle.flush(),
    close: () => handle.close(),
  };
}

/** Asks again while a file is still held by a worker that was ended. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (e) {
      if (nameOf(e) !== 'NoModificationAllowedError' || tries === PATIENCE.tries) throw e;
      await new Promise(resolve => { setTimeout(resolve, PATIENCE.milliseconds); });
    }
  }
}

const nameOf = (e: unknown): string => e instanceof Error || e instanceof DOMException ? e.name : '';

/** Null where there is no such file or folder. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (e) {
    if (nameOf(e) === 'NotFoundError') return null;
    throw e;
  }
}
