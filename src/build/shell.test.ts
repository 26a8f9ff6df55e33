import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { META_POLICY, PRODUCTION_HEADERS, withMetaPolicy } from './policy.ts';
import { makeShell } from './shell.ts';

const PAGE = '<head>\n<meta charset="utf-8" />\n<title>Glimpse</title></head>';

describe('the list of files', () => {
  let folder = '';
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'glimpse-shell-')); });
  afterEach(async () => { await rm(folder, { recursive: true }); });

  const put = async (files: Record<string, string>) => {
    for (const [path, text] of Object.entries({ 'index.html': PAGE, ...files })) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return makeShell(folder);
  };

  test('has what a start needs, with hashes of what is there in the end', async () => {
    const shell = await put({ 'assets/a.js': 'let a', 'assets/a.js.map': '{}', 'service-worker.js': 'old', _headers: '', 'licences.txt': '' });
    expect(shell.files.map(f => f.path)).toEqual(['assets/a.js', 'index.html']);
    for (const { path, integrity } of shell.files) {
      expect(integrity).toBe(`sha256-${createHash('sha256').update(await readFile(join(folder, path))).digest('base64')}`);
    }
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toContain(`<meta name="version" content="${shell.version}" />`);
  });

  test('is another version as soon as a byte or a name differs, else the same', async () => {
    const { version } = await put({ 'assets/a.js': 'let a' });
    expect((await put({ 'assets/a.js': 'let a' })).version).toBe(version);
    expect((await put({ 'assets/a.js': 'let b' })).version).not.toBe(version);
    expect((await put({ 'assets/a.js': 'let a', 'assets/b.js': '' })).version).not.toBe(version);
  });

  test('wants a page', async () => {
    await writeFile(join(folder, 'a.js'), '');
    await expect(makeShell(folder)).rejects.toThrow(/no index\.html/);
  });
});

describe('the policy', () => {
  test('names no origin but its own, and allows no inline code', () => {
    expect(META_POLICY).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(META_POLICY).not.toMatch(/unsafe|https?:|\*/);
    expect(PRODUCTION_HEADERS['Content-Security-Policy']).toBe(`${META_POLICY}; frame-ancestors 'none'`);
  });

  test('stands in the page before all that loads, once', async () => {
    const page = withMetaPolicy(await readFile('index.html', 'utf8'));
    expect(page.match(/http-equiv="Content-Security-Policy"/g)).toHaveLength(1);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.search(/<(?:link|script)/));
    // It may not be said in a page's text: browsers call it an error.
    expect(page).not.toContain('frame-ancestors');
    expect(() => withMetaPolicy('<head></head>')).toThrow(/has no <meta charset/);
  });

  test('is documented as it is sent', async () => {
    const page = await readFile('docs/hosting.md', 'utf8');
    const block = /```http\n([^`]*)```/.exec(page)![1]!;
    expect(block.trim().split('\n')).toEqual(Object.entries(PRODUCTION_HEADERS).map(([name, value]) => `${name}: ${value}`));
  });
});
