import { toFailure } from '#app/store/client.ts';
import type { KnownFolder } from '#app/store/folders.ts';
import { useStore } from '#app/store/store.ts';
import { readHandle } from './read-files.ts';

/** What the libraries of TypeScript don't know yet. */
interface Permission { requestPermission?: (options: { mode: 'read' }) => Promise<PermissionState> }

/** Reads a folder of an earlier visit again. The browser asks once more before it lets the page; to be called from a press. */
export async function reconnect(folder: KnownFolder): Promise<void> {
  const { loadFiles, addFailure } = useStore.getState();
  try {
    const state = await (folder.handle as Permission).requestPermission?.({ mode: 'read' });
    if (state !== undefined && state !== 'granted') throw new Error(`The browser was not allowed to read "${folder.name}". Press Reconnect again and allow it, or choose the folder anew.`);
    await loadFiles(readHandle(folder.handle), folder);
  } catch (error) {
    addFailure(toFailure(error));
  }
}
