import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { licencesPage, notices, readLock, shipped, type Lock } from './licences.ts';

const root = process.cwd();
interface Manifest { version?: string; license?: string; scripts?: Record<string, string>; dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
const manifest = async (folder: string): Promise<Manifest> => JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** The app, and the packages that only the bench needs. */
const PROJECTS = ['.', 'bench/node', 'bench/peers'];

/** What may run at the end of `npm install`, and why nothing is missing with --ignore-scripts. */
const SCRIPTS_NOT_NEEDED: Record<string, string> = {
  webgpu: 'its script takes the quarantine mark off its binary on a Mac; npm sets none',
};

describe('docs/licences.md', () => {
  test('lists what the lock file has', async () => {
    const { devDependencies = {} } = await manifest('.');
    await expect(licencesPage(await readLock(root), { devDependencies })).toMatchFileSnapshot(join(root, 'docs/licences.md'));
  });

  test('what it says of the built page is what is installed, and every licence goes with the page', async () => {
    const lock = await readLock(root);
    const names = shipped(lock).map(p => p.name);
    expect(names).toEqual(expect.arrayContaining(Object.keys((await manifest('.')).dependencies!)));
    for (const { path, version, license } of shipped(lock)) {
      expect(await manifest(path)).toMatchObject({ version, license });
    }
    const text = await notices(root);
    for (const name of names) expect(text).toContain(`${name} `);
    expect(text.match(/Permission is hereby granted|Apache License/g)!.length).toBeGreaterThanOrEqual(names.length);
  });

  test('a package of the build tools is never taken for one of the page', () => {
    const lock: Lock = { packages: {
      '': { version: '1.0.0' }, 'node_modules/a': { version: '1.0.0', license: 'MIT' }, 'node_modules/b': { version: '2.0.0', license: 'ISC', dev: true },
      'node_modules/@types/c': { version: '3.0.0', license: 'MIT' },
    } };
    expect(shipped(lock).map(p => p.name)).toEqual(['a']);
    expect(licencesPage(lock, { devDependencies: {} })).toContain('- ISC, 1: b\n- MIT, 1: @types/c');
  });
});

describe.each(PROJECTS)('packages of %s', folder => {
  test('every version is one version', async () => {
    const { dependencies = {}, devDependencies = {} } = await manifest(folder);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('every licence is stated and lets anybody use the package', async () => {
    const free = /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0|CC0-1\.0|Unlicense|BlueOak-1\.0\.0)$/;
    const others = Object.entries((await readLock(join(root, folder))).packages).filter(([path, p]) => path && !free.test(p.license ?? ''));
    expect(others).toEqual([]);
  });

  test('nothing needs to run code while it is installed', async () => {
    const { packages } = await readLock(join(root, folder));
    for (const [path, p] of Object.entries(packages)) {
      if (!path) continue;
      const name = path.slice(path.lastIndexOf('node_modules/') + 13);
      if (p.hasInstallScript) expect(Object.keys(SCRIPTS_NOT_NEEDED), `${name} has an install script`).toContain(name);
      // What is installed tells itself: a lock file may leave it out.
      const at = join(folder, path);
      if (!existsSync(join(root, at, 'package.json')) || name in SCRIPTS_NOT_NEEDED) continue;
      const { scripts = {} } = await manifest(at);
      for (const moment of ['preinstall', 'install', 'postinstall']) expect(scripts[moment], `${name}: ${moment}`).toBeUndefined();
      expect(existsSync(join(root, at, 'binding.gyp')), `${name} would be compiled`).toBe(false);
    }
  });
});

test('the exceptions are there', async () => {
  const all = await Promise.all(PROJECTS.map(async folder => Object.entries((await readLock(join(root, folder))).packages)));
  const scripted = all.flat().filter(([, p]) => p.hasInstallScript).map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));
  expect(scripted.sort()).toEqual(Object.keys(SCRIPTS_NOT_NEEDED).sort());
});
