/** Reads the files of a drop, a paste or a choice, in portions, as paths whose first folder is the class. */
import type { SkippedFile, SourceFile } from '#contract/trainer.ts';
import type { FileSink, ReadFiles } from '#app/store/dataset-slice.ts';

/** Files handed over at once. */
const PORTION = 32;
/**
 * Files being opened at once. Chromium's page waits for another process to open each, a quarter of a millisecond and on a busy machine
 * ten times that, and takes all answers that have come in one stretch: few of them, so that a person's click comes between.
 */
const OPENING = 4;

/** What the libraries of TypeScript don't know yet. */
type DropItem = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/**
 * Takes hold of what was dropped. Call it inside the event: the browser empties the transfer afterwards.
 * One folder gives its own name to the dataset and is left out of the paths; several folders are classes.
 */
export function readDrop(transfer: DataTransfer): ReadFiles {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  let handle: Promise<FileSystemHandle | null> | undefined;
  for (const item of transfer.items as Iterable<DropItem>) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry?.isDirectory) handle ??= item.getAsFileSystemHandle?.().catch(() => null);
    if (entry) entries.push(entry);
    else if (file) loose.push(file);
  }
  return async sink => {
    const unreadable: SkippedFile[] = [];
    const only = entries.length === 1 && loose.length === 0 ? entries[0] : undefined;
    const root = only?.isDirectory ? only.name : '';
    await addList(loose, '', sink);
    await walkEntries(entries, root, unreadable, sink);
    const folder = root ? await handle : null;
    const name = root || only?.name || (entries.length === 0 && loose.length === 1 ? loose[0]!.name : '');
    return { name, unreadable, handle: folder?.kind === 'directory' ? folder as FileSystemDirectoryHandle : undefined };
  };
}

/** Of an input element: with `webkitdirectory` each path begins with the chosen folder. */
export function readList(list: ArrayLike<File>): ReadFiles {
  return async sink => {
    const root = list[0]?.webkitRelativePath.split('/')[0] ?? '';
    await addList(list, root, sink);
    return { name: root || (list.length === 1 ? list[0]!.name : ''), unreadable: [] };
  };
}

/** Of a folder that the browser keeps open to this page. */
export function readHandle(handle: FileSystemDirectoryHandle): ReadFiles {
  return async sink => {
    const unreadable: SkippedFile[] = [];
    await walkHandle(handle, unreadable, sink);
    return { name: handle.name, unreadable, handle };
  };
}

export function withoutRoot(path: string, root: string): string {
  return root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

/** By index, never all at once: a chosen folder can hold 100,000 files. */
async function addList(list: ArrayLike<File>, root: string, { add, signal }: FileSink): Promise<void> {
  for (let at = 0; at < list.length; at += PORTION) {
    signal.throwIfAborted();
    const portion: SourceFile[] = [];
    for (let i = at; i < Math.min(list.length, at + PORTION); i++) {
      const file = list[i]!;
      portion.push({ path: withoutRoot(file.webkitRelativePath || file.name, root), file });
    }
    await add(portion);
  }
}

async function walkEntries(entries: readonly FileSystemEntry[], root: string, unreadable: SkippedFile[], sink: FileSink): Promise<void> {
  const { signal } = sink;
  const pathOf = (entry: FileSystemEntry) => withoutRoot(entry.fullPath.replace(/^\//, ''), root);
  const take = async (some: readonly FileSystemEntry[]) => {
    const files = some.filter(entry => entry.isFile) as FileSystemFileEntry[];
    await addOpened(files.map(entry => [pathOf(entry), () => new Promise<File>((resolve, reject) => { entry.file(resolve, reject); })]), unreadable, sink);
    return some.filter(entry => entry.isDirectory) as FileSystemDirectoryEntry[];
  };
  const folders = (await take(entries)).reverse();
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const reader = folder.createReader();
    try {
      for (;;) {
        signal.throwIfAborted();
        // 100 at a time by the specification, thousands from some browsers; an empty list at the end.
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
        if (some.length === 0) break;
        folders.push(...await take(some));
      }
    } catch (error) {
      signal.throwIfAborted();
      unreadable.push({ path: pathOf(folder), reason: refused(error) });
    }
  }
}

async function walkHandle(root: FileSystemDirectoryHandle, unreadable: SkippedFile[], sink: FileSink): Promise<void> {
  const { signal } = sink;
  const folders: [path: string, handle: FileSystemDirectoryHandle][] = [['', root]];
  for (let next = folders.pop(); next; next = folders.pop()) {
    const [path, folder] = next;
    let portion: Opening[] = [];
    try {
      for await (const [name, child] of folder.entries()) {
        signal.throwIfAborted();
        if (child.kind === 'directory') folders.push([`${path}${name}/`, child as FileSystemDirectoryHandle]);
        else portion.push([`${path}${name}`, () => (child as FileSystemFileHandle).getFile()]);
        if (portion.length < PORTION) continue;
        await addOpened(portion, unreadable, sink);
        portion = [];
      }
      await addOpened(portion, unreadable, sink);
    } catch (error) {
      signal.throwIfAborted();
      // The root itself: nothing can be read at all.
      if (path === '') throw error;
      unreadable.push({ path: path.slice(0, -1), reason: refused(error) });
    }
  }
}

type Opening = [path: string, open: () => Promise<File>];

/** Opens files, portion by portion; those that refuse are listed. */
async function addOpened(openings: readonly Opening[], unreadable: SkippedFile[], { add, signal }: FileSink): Promise<void> {
  for (let at = 0; at < openings.length; at += PORTION) {
    signal.throwIfAborted();
    const portion = openings.slice(at, at + PORTION).values();
    const files: SourceFile[] = [];
    const lane = async () => {
      for (const [path, open] of portion) {
        try {
          files.push({ path, file: await open() });
        } catch (error) {
          unreadable.push({ path, reason: refused(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: OPENING }, lane));
    if (files.length > 0) await add(files);
  }
}

const refused = (error: unknown) => `The browser could not read it: ${error instanceof Error ? error.message : String(error)}`;
