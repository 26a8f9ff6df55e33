/** Which packages Glimpse stands on, of which version and licence, as the lock file has them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LockedPackage {
  version: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
}
export interface Lock { packages: Record<string, LockedPackage> }

export const readLock = async (root: string): Promise<Lock> => JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;

/** Types carry no code into the page. */
const isTypes = (name: string) => name.startsWith('@types/') || name === 'csstype';

interface Named extends LockedPackage { name: string; path: string }

function named(lock: Lock): Named[] {
  return Object.entries(lock.packages).filter(([path]) => path !== '')
    .map(([path, p]) => ({ ...p, path, name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Packages whose code is in the built page: each version once, wherever npm put copies of it. */
export function shipped(lock: Lock): Named[] {
  const all = named(lock).filter(p => !p.dev && !isTypes(p.name));
  return [...new Map(all.map(p => [`${p.name} ${p.version}`, p])).values()];
}

/** The text of docs/licences.md. */
export function licencesPage(lock: Lock, own: { devDependencies: Record<string, string> }): string {
  const row = (p: Named) => `| ${p.name} | ${p.version} | ${p.license ?? 'not stated'} |`;
  const direct = (p: Named) => p.name in own.devDependencies;
  const rest = named(lock).filter(p => !direct(p) && (p.dev || isTypes(p.name)));
  const licences = [...new Set(rest.map(p => p.license ?? 'not stated'))].sort();
  const under = (licence: string) => rest.filter(p => (p.license ?? 'not stated') === licence).map(p => p.name);
  return `# Licences

Made from \`package-lock.json\`; a unit test fails where they differ, and \`npx vitest run --project unit src/build -u\` writes this page anew.

## In the built page

\`npm run build\` puts the full texts into \`dist/licences.txt\`.

| package | version | licence |
|---|---|---|
${shipped(lock).map(row).join('\n')}

## To build and test

| package | version | licence |
|---|---|---|
${named(lock).filter(direct).map(row).join('\n')}

What these need in turn, each platform's binaries included:

${licences.map(licence => `- ${licence}, ${under(licence).length}: ${under(licence).join(', ')}`).join('\n')}
`;
}

/** The licence texts of what the built page contains. Throws where a package has none. */
export async function notices(root: string): Promise<string> {
  const parts: string[] = [];
  for (const { name, version, path } of shipped(await readLock(root))) {
    const folder = join(root, path);
    const file = (await readdir(folder)).find(entry => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} is in the built page, but its package has no licence text to go with it.`);
    parts.push(`${name} ${version}\n\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`);
  }
  return parts.join(`\n${'-'.repeat(80)}\n\n`);
}
