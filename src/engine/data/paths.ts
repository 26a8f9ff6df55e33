/** Paths as text: nothing is ever opened by a path from inside an archive. */

import { visible } from '#lib/visible.ts';

const LONGEST = 400;

/**
 * The name of an archive's entry as a relative path: no `.`, `..`, empty part or drive letter, `/` between the parts,
 * controls replaced, and not endlessly long.
 */
export function safeEntryPath(name: string): string {
  const parts = name.slice(0, 1 << 16).replaceAll('\\', '/').replace(/^[A-Za-z]:/, '').split('/')
    .filter(part => part !== '' && part !== '.' && part !== '..');
  const path = visible(parts.join('/'));
  if (path.length <= LONGEST) return path || 'unnamed';
  // The last part stays, with its extension, or else the end of it.
  return `${[...path].slice(0, LONGEST / 2).join('')}\u2026${[...path].slice(-LONGEST / 2).join('')}`;
}

/** By code unit: the same on every machine, whatever its language. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Paths made different from each other: the second of the same gets " (2)" before its extension. `sorted` are sorted by code unit. */
export function distinct(sorted: readonly string[]): string[] {
  const taken = new Set(sorted);
  const seen = new Map<string, number>();
  return sorted.map(path => {
    const before = seen.get(path);
    seen.set(path, 1);
    if (before === undefined) return path;
    const dot = path.lastIndexOf('.');
    const cut = dot > path.lastIndexOf('/') + 1 ? dot : path.length;
    for (let n = before + 1; ; n++) {
      const other = `${path.slice(0, cut)} (${n})${path.slice(cut)}`;
      if (taken.has(other)) continue;
      taken.add(other);
      seen.set(path, n);
      return other;
    }
  });
}
