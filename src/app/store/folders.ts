/** Folders that were chosen before, kept in IndexedDB by the hash of their images so that they can be read again after a reload. */

export interface KnownFolder {
  /** See DatasetSummary. */
  hash: string;
  name: string;
  /** Images in it. */
  count: number;
  /** Milliseconds since 1970. */
  added: number;
  handle: FileSystemDirectoryHandle;
}

const DATABASE = 'glimpse-folders';
const STORE = 'folders';
const MOST = 8;

/** Keeps the folder; the oldest beyond a few are forgotten. Rejects where the browser keeps nothing, as in a private window. */
export async function rememberFolder(folder: KnownFolder): Promise<void> {
  await transact('readwrite', store => store.put(folder));
  const all = await stored();
  for (const { hash } of all.slice(MOST)) await transact('readwrite', store => store.delete(hash));
}

/** The newest first, each folder once: as it was when it was read last. */
export async function knownFolders(): Promise<KnownFolder[]> {
  const distinct: KnownFolder[] = [];
  for (const folder of await stored()) {
    const same = await Promise.all(distinct.map(other => other.handle.isSameEntry(folder.handle)));
    if (!same.includes(true)) distinct.push(folder);
  }
  return distinct;
}

async function stored(): Promise<KnownFolder[]> {
  const all = await transact<KnownFolder[]>('readonly', store => store.getAll() as IDBRequest<KnownFolder[]>);
  return all.sort((a, b) => b.added - a.added);
}

async function transact<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await result(opening());
  try {
    return await result(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function opening(): IDBOpenDBRequest {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () => { request.result.createObjectStore(STORE, { keyPath: 'hash' }); });
  return request;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => { resolve(request.result); });
    request.addEventListener('error', () => { reject(request.error ?? new Error('The browser\'s database did not answer.')); });
  });
}
