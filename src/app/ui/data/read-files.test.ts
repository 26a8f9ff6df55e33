import { expect, test } from 'vitest';
import type { ReadFiles } from '#app/store/dataset-slice.ts';
import { readDrop, readHandle, readList, withoutRoot } from './read-files.ts';

/** All that a reader hands over. */
async function collect(read: ReadFiles, signal = new AbortController().signal) {
  const portions: string[][] = [];
  const picked = await read({ signal, add: async files => { portions.push(files.map(f => f.path)); } });
  return { ...picked, portions, paths: portions.flat().sort() };
}

const file = (path: string): File => {
  const made = new File(['x'], path.split('/').at(-1)!);
  Object.defineProperty(made, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
  return made;
};

/** A directory entry as browsers give it: at most `batch` children a call, then an empty list. */
function folder(fullPath: string, children: unknown[], batch = 2) {
  return {
    isFile: false, isDirectory: true, name: fullPath.split('/').at(-1), fullPath,
    createReader: () => {
      let at = 0;
      return { readEntries: (done: (entries: unknown[]) => void) => { done(children.slice(at, at += batch)); } };
    },
  };
}
const leaf = (fullPath: string, fails = false) => ({
  isFile: true, isDirectory: false, name: fullPath.split('/').at(-1), fullPath,
  file: (done: (f: File) => void, fail: (e: Error) => void) => { if (fails) fail(new Error('permission denied')); else done(new File(['x'], 'x')); },
});
const transfer = (...entries: unknown[]) =>
  ({ items: entries.map(entry => ({ kind: 'file', webkitGetAsEntry: () => entry })) }) as unknown as DataTransfer;

test('one dropped folder names the dataset and is left out of the paths; every batch of entries is read', async () => {
  const { name, paths, unreadable } = await collect(readDrop(transfer(folder('/pets', [
    folder('/pets/dogs', ['5', '1', '4', '2', '3'].map(n => leaf(`/pets/dogs/${n}.png`))),
    leaf('/pets/notes.txt'), folder('/pets/cats', [leaf('/pets/cats/a.png'), leaf('/pets/cats/b.png', true)]),
  ]))));
  expect(name).toBe('pets');
  expect(paths).toEqual(['cats/a.png', 'dogs/1.png', 'dogs/2.png', 'dogs/3.png', 'dogs/4.png', 'dogs/5.png', 'notes.txt']);
  expect(unreadable).toEqual([{ path: 'cats/b.png', reason: 'The browser could not read it: permission denied' }]);
});

test('several dropped folders stay as classes, and a lone file gives its name', async () => {
  const { name, paths } = await collect(readDrop(transfer(folder('/cats', [leaf('/cats/a.png')]), folder('/dogs', [leaf('/dogs/a.png')]))));
  expect([name, paths]).toEqual(['', ['cats/a.png', 'dogs/a.png']]);
  expect(await collect(readDrop(transfer(leaf('/pets.zip'))))).toMatchObject({ name: 'pets.zip', paths: ['pets.zip'] });
});

test('files are handed over as they are found, and the next are read when those were taken', async () => {
  let opened = 0;
  const children = Array.from({ length: 130 }, (_, i) => ({ ...leaf(`/many/${i}.png`), file: (done: (f: File) => void) => { opened++; done(new File(['x'], 'x')); } }));
  const openedAt: [number, number][] = [];
  await readDrop(transfer(folder('/many', children, 100)))({ signal: new AbortController().signal, add: async files => { openedAt.push([files.length, opened]); } });
  expect(openedAt).toEqual([[32, 32], [32, 64], [32, 96], [4, 100], [30, 130]]);
});

test('a cancelled drop rejects, and reads no further', async () => {
  const stop = new AbortController();
  const drop = readDrop(transfer(folder('/cats', [leaf('/cats/a.png'), folder('/cats/more', [leaf('/cats/more/b.png')])])));
  const taken: string[] = [];
  await expect(drop({ signal: stop.signal, add: async files => { taken.push(...files.map(f => f.path)); stop.abort(); } })).rejects.toThrow(/abort/i);
  expect(taken).toEqual(['a.png']);
});

test('a chosen folder is stripped like a dropped one, single files keep their names', async () => {
  expect(await collect(readList([file('pets/dogs/b.png'), file('pets/cats/a.png')]))).toMatchObject({ name: 'pets', paths: ['cats/a.png', 'dogs/b.png'] });
  expect(await collect(readList([file('b.png')]))).toMatchObject({ name: 'b.png', paths: ['b.png'] });
  const many = await collect(readList(Array.from({ length: 250 }, (_, i) => file(`x/${i}.png`))));
  expect(many.portions.map(p => p.length)).toEqual([...new Array<number>(7).fill(32), 26]);
  expect(withoutRoot('petshop/a.png', 'pets')).toBe('petshop/a.png');
});

/** A folder's handle with the files of `tree`; `null` is one that can't be opened. */
function directory(name: string, tree: Record<string, unknown>): FileSystemDirectoryHandle {
  const handleOf = (child: string, content: unknown) => typeof content === 'object' && content !== null
    ? directory(child, content as Record<string, unknown>)
    : { kind: 'file', name: child, getFile: () => content === null ? Promise.reject(new Error('locked')) : Promise.resolve(new File(['x'], child)) };
  const entries = async function* () { for (const [child, content] of Object.entries(tree)) yield [child, handleOf(child, content)]; };
  return { kind: 'directory', name, entries } as unknown as FileSystemDirectoryHandle;
}

test('a folder that the browser keeps open gives the same paths', async () => {
  const handle = directory('pets', { 'notes.txt': 1, cats: { 'a.png': 1, 'b.png': null }, dogs: { puppies: { '1.png': 1 } } });
  const { name, paths, unreadable, ...rest } = await collect(readHandle(handle));
  expect([name, paths]).toEqual(['pets', ['cats/a.png', 'dogs/puppies/1.png', 'notes.txt']]);
  expect(unreadable).toEqual([{ path: 'cats/b.png', reason: 'The browser could not read it: locked' }]);
  expect(rest.handle).toBe(handle);
});
