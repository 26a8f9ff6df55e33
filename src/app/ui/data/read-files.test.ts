import { expect, test } from 'vitest';
import { readDrop, readList, withoutRoot } from './read-files.ts';

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
  const drop = readDrop(transfer(folder('/pets', [
    folder('/pets/dogs', ['5', '1', '4', '2', '3'].map(n => leaf(`/pets/dogs/${n}.png`))),
    leaf('/pets/notes.txt'), folder('/pets/cats', [leaf('/pets/cats/a.png'), leaf('/pets/cats/b.png', true)]),
  ])));
  const counts: number[] = [];
  const { name, files, unreadable } = await drop(n => counts.push(n), new AbortController().signal);
  expect(name).toBe('pets');
  expect(files.map(f => f.path)).toEqual(['cats/a.png', 'dogs/1.png', 'dogs/2.png', 'dogs/3.png', 'dogs/4.png', 'dogs/5.png', 'notes.txt']);
  expect(unreadable).toEqual([{ path: 'cats/b.png', reason: 'The browser could not read it: permission denied' }]);
  expect(counts.at(-1)).toBe(7);
});

test('several dropped folders stay as classes', async () => {
  const drop = readDrop(transfer(folder('/cats', [leaf('/cats/a.png')]), folder('/dogs', [leaf('/dogs/a.png')])));
  const { name, files } = await drop(() => {}, new AbortController().signal);
  expect(files.map(f => f.path)).toEqual(['cats/a.png', 'dogs/a.png']);
  expect(name).toBe('2 files');
});

test('a cancelled drop rejects', async () => {
  const stop = new AbortController();
  const drop = readDrop(transfer(folder('/cats', [leaf('/cats/a.png'), folder('/cats/more', [leaf('/cats/more/b.png')])])));
  await expect(drop(() => { stop.abort(); }, stop.signal)).rejects.toThrow(/abort/i);
});

test('a chosen folder is stripped like a dropped one, single files keep their names', async () => {
  const never = new AbortController().signal;
  const chosen = await readList([file('pets/dogs/b.png'), file('pets/cats/a.png')])(() => {}, never);
  expect([chosen.name, chosen.files.map(f => f.path)]).toEqual(['pets', ['cats/a.png', 'dogs/b.png']]);
  const single = await readList([file('b.png')])(() => {}, never);
  expect([single.name, single.files.map(f => f.path)]).toEqual(['b.png', ['b.png']]);
  expect(withoutRoot('petshop/a.png', 'pets')).toBe('petshop/a.png');
});
