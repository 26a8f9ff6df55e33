/** Every kernel belongs to an op that has GPU tests, says how it is dispatched, and names a twin that exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const names = (folder: string, ending: RegExp): string[] => readdirSync(new URL(folder, root)).filter(f => ending.test(f)).sort();

const kernels = names('shaders/', /\.wgsl$/).map(f => f.replace(/\.wgsl$/, ''));
const fragments = names('shaders/shared/', /\.wgsl$/);
const ops = names('src/engine/ops/', /^(?!.*\.test\.ts$).*\.ts$/).map(file => {
  const text = read(`src/engine/ops/${file}`);
  return { file, text, imports: [...text.matchAll(/from '#shaders\/([\w/]+\.wgsl)\?raw'/g)].map(m => m[1]!) };
});

/** The comment at the head of a kernel, `enable` lines left out. */
function header(text: string): string {
  const lines = text.split('\n').filter(l => !l.startsWith('enable '));
  return lines.slice(0, lines.findIndex(l => !l.startsWith('//'))).join('\n');
}

test('there are kernels, fragments and ops to look at', () => {
  expect(kernels.length).toBeGreaterThan(30);
  expect(fragments.length).toBeGreaterThan(5);
  expect(ops.length).toBeGreaterThan(8);
});

describe.each(kernels)('%s', kernel => {
  const text = read(`shaders/${kernel}.wgsl`);

  test('belongs to one op, under its own name', () => {
    const owners = ops.filter(op => op.imports.includes(`${kernel}.wgsl`));
    expect(owners.map(op => op.file)).toHaveLength(1);
    expect(owners[0]!.text, 'the name under which it is compiled').toContain(`'${kernel}', `);
  });

  test('has one entry point, named as its file', () => {
    const entries = [...text.matchAll(/@compute[^{]*?fn (\w+)/g)].map(m => m[1]);
    expect(entries).toEqual([kernel]);
  });

  test('says how it is dispatched, and whether it sets (=) or adds (+=)', () => {
    expect(header(text)).toMatch(/\bdispatch\b/i);
    // Products write through the functions of an epilogue, which says so itself.
    if (!/\bstore_\w+\(/.test(text)) expect(header(text)).toMatch(/\(\+?=/);
  });

  test('names twins that exist', () => {
    const twins = [...header(text).matchAll(/CPU twin: ([\w./-]+\.ts)/g)].map(m => m[1]!);
    expect(twins).toHaveLength(header(text).includes('CPU twin') ? 1 : 0);
    for (const twin of twins) expect(existsSync(new URL(twin, root)), twin).toBe(true);
  });
});

test('every fragment is used', () => {
  const used = new Set(ops.flatMap(op => op.imports));
  expect(fragments.filter(f => !used.has(`shared/${f}`))).toEqual([]);
});

test.each(ops.filter(op => op.imports.length > 0).map(op => op.file))('%s has GPU tests', file => {
  const path = `src/engine/ops/${file.replace(/\.ts$/, '.gpu.test.ts')}`;
  expect(existsSync(new URL(path, root)), path).toBe(true);
});
