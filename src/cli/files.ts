import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem, UserError } from './user-error.ts';

/** A file to serve: where it is, and its path relative to the folder that was named, with `/`. */
export interface LocalFile { absolute: string; relative: string }

/** Checks that each is a file that can be read. Throws a UserError for the first that isn't. */
export async function readableFiles(paths: string[]): Promise<LocalFile[]> {
  return Promise.all(paths.map(async path => {
    const found = await stat(path).catch((thrown: unknown) => { throw fileProblem(path, thrown); });
    if (!found.isFile()) throw new UserError(`${path} is ${found.isDirectory() ? 'a folder' : 'no ordinary file'}: name a file.`);
    await access(path, constants.R_OK).catch((thrown: unknown) => { throw fileProblem(path, thrown); });
    return { absolute: await realpath(path), relative: path };
  }));
}

/**
 * Every file below a folder, in the order of its paths, links followed once; names that begin with a dot are left out.
 * Throws a UserError when the folder can't be read, holds no files, or holds one that can't be read.
 */
export async function walk(folder: string): Promise<LocalFile[]> {
  const found = await stat(folder).catch((thrown: unknown) => { throw fileProblem(folder, thrown); });
  if (!found.isDirectory()) throw new UserError(`${folder} is no folder: name the folder that holds the images.`);
  const files: LocalFile[] = [];
  await visit(folder, '', new Set(), files);
  if (!files.length) throw new UserError(`${folder} holds no files: name a folder with images in it.`);
  return files.sort((a, b) => (a.relative < b.relative ? -1 : 1));
}

async function visit(folder: string, prefix: string, above: ReadonlySet<string>, files: LocalFile[]): Promise<void> {
  try {
    const real = await realpath(folder);
    // A link to a folder above would never end.
    if (above.has(real)) return;
    for (const name of await readdir(folder)) {
      if (name.startsWith('.')) continue;
      const absolute = join(folder, name);
      const relative = prefix ? `${prefix}/${name}` : name;
      const entry = await stat(absolute);
      if (entry.isDirectory()) await visit(absolute, relative, new Set([...above, real]), files);
      else if (entry.isFile()) {
        await access(absolute, constants.R_OK);
        files.push({ absolute, relative });
      }
    }
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw fileProblem((thrown as NodeJS.ErrnoException).path ?? folder, thrown);
  }
}
