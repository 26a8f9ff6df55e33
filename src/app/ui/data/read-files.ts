/** Lists the files of a drop, a paste or a choice, as paths whose first folder is the class. */
import type { SkippedFile, SourceFile } from '#contract/trainer.ts';
import type { ReadFiles } from '#app/store/dataset-slice.ts';

/**
 * Takes hold of what was dropped. Call it inside the event: the browser empties the transfer afterwards.
 * One folder gives its own name to the dataset and is left out of the paths; several folders are classes.
 */
export function readDrop(transfer: DataTransfer): ReadFiles {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) loose.push(file);
  }
  return async (onFound, signal) => {
    const files: SourceFile[] = loose.map(file => ({ path: file.name, file }));
    const unreadable: SkippedFile[] = [];
    const found = () => { onFound(files.length); };
    for (const entry of entries) await walk(entry, files, unreadable, found, signal);
    // Files arrive as they are read: the order of the paths makes a folder the same dataset each time.
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const only = entries.length === 1 && loose.length === 0 ? entries[0] : undefined;
    const root = only?.isDirectory ? only.name : '';
    return {
      name: root || nameOf(files),
      files: files.map(f => ({ ...f, path: withoutRoot(f.path, root) })),
      unreadable: unreadable.map(u => ({ ...u, path: withoutRoot(u.path, root) })),
    };
  };
}

/** Of an input element: with `webkitdirectory` each path begins with the chosen folder. */
export function readList(list: Iterable<File>): ReadFiles {
  const files = Array.from(list, file => ({ path: file.webkitRelativePath || file.name, file })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const root = files[0]?.file.webkitRelativePath.split('/')[0] ?? '';
  return onFound => {
    onFound(files.length);
    return Promise.resolve({
      name: root || nameOf(files),
      files: files.map(f => ({ ...f, path: withoutRoot(f.path, root) })),
      unreadable: [],
    });
  };
}

export function withoutRoot(path: string, root: string): string {
  return root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

const nameOf = (files: SourceFile[]): string => files.length === 1 ? files[0]!.path : `${files.length.toLocaleString('en')} files`;

async function walk(entry: FileSystemEntry, files: SourceFile[], unreadable: SkippedFile[], found: () => void, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => { (entry as FileSystemFileEntry).file(resolve, reject); });
      files.push({ path, file });
    } else {
      const children = await readAll(entry as FileSystemDirectoryEntry);
      const folders = children.filter(child => child.isDirectory);
      await Promise.all(children.filter(child => child.isFile).map(child => walk(child, files, unreadable, found, signal)));
      found();
      for (const folder of folders) await walk(folder, files, unreadable, found, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    unreadable.push({ path, reason: `The browser could not read it: ${error instanceof Error ? error.message : String(error)}` });
  }
}

/** `readEntries` gives at most 100 at a time and an empty list at the end. */
async function readAll(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return all;
    all.push(...some);
  }
}
