import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readableFiles, walk } from './files.ts';

let folder = '';
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'glimpse-')); });
afterEach(() => rm(folder, { recursive: true }));

test('lists every file in the order of its path, without hidden ones', async () => {
  await mkdir(join(folder, 'cats/young'), { recursive: true });
  await mkdir(join(folder, '.git'));
  for (const name of ['dog.png', 'cats/b.png', 'cats/a.png', 'cats/young/c.png', '.DS_Store', '.git/head', 'cats/.hidden']) await writeFile(join(folder, name), 'x');
  const files = await walk(folder);
  expect(files.map(f => f.relative)).toEqual(['cats/a.png', 'cats/b.png', 'cats/young/c.png', 'dog.png']);
  expect(files[0]?.absolute).toBe(join(folder, 'cats/a.png'));
});

test('follows links to folders, and leaves those that lead back up', async () => {
  await mkdir(join(folder, 'a'));
  await writeFile(join(folder, 'a/x.png'), 'x');
  await symlink(folder, join(folder, 'a/up'));
  await symlink(join(folder, 'a'), join(folder, 'b'));
  expect((await walk(folder)).map(f => f.relative)).toEqual(['a/x.png', 'b/x.png']);
});

test('says what is wrong with a folder', async () => {
  await expect(walk(folder)).rejects.toThrow(`${folder} holds no files`);
  await expect(walk(join(folder, 'none'))).rejects.toThrow('it does not exist');
  await writeFile(join(folder, 'file'), '');
  await expect(walk(join(folder, 'file'))).rejects.toThrow('is no folder');
  await symlink(join(folder, 'gone'), join(folder, 'dangling'));
  await expect(walk(folder)).rejects.toThrow(/Can't read .*dangling: it does not exist/);
});

test('a recording must be a file', async () => {
  await expect(readableFiles([folder])).rejects.toThrow('is a folder: name a file');
  await expect(readableFiles([join(folder, 'none')])).rejects.toMatchObject({ name: 'UserError' });
});
