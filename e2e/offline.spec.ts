/** The page starts a second time without a network, and a new version waits for the person. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { makeShell } from '#build/shell.ts';
import { button, fillOptions, state } from './support/page.ts';
import { StaticHost } from './support/static-host.ts';

const keptVersions = (page: Page) => page.evaluate(() => caches.keys());
const policyOf = (page: Page) => page.evaluate(() => fetch(location.href).then(r => r.headers.get('Content-Security-Policy')));

/** A few steps on the sample images. */
async function trainTwoSteps(page: Page): Promise<void> {
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', { Batch: 4, Steps: 2, 'Local crops': 1 });
  await button(page, 'Train').click();
  await expect(state(page)).toHaveAttribute('data-state', 'finished');
  await expect(page.getByTestId('step')).toHaveText('2');
}

test.describe('on a host of its own', () => {
  let host: StaticHost;
  test.beforeEach(() => { host = new StaticHost(); });
  test.afterEach(async () => { await host.stop(); });

  test('a second start needs no network, even from a host that sends no headers, in a folder', async ({ page, context }) => {
    host.options.at = '/some/folder/';
    await host.start();
    await page.goto(host.url);
    await expect(page.getByTestId('offline-hint')).toHaveText('Works offline');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);

    await host.stop();
    await context.setOffline(true);
    await expect(page.evaluate(url => fetch(url, { method: 'POST' }), host.url)).rejects.toThrow(/Failed to fetch/);
    await page.reload();
    // What came from the cache has the headers that the host lacked.
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await expect(page.getByTestId('offline-hint')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Performance' })).toBeVisible();
    await trainTwoSteps(page);
    const answers = await page.evaluate(async () => {
      const worker = performance.getEntriesByType('resource').map(e => e.name).find(name => /worker-[^/]*\.js$/.test(name));
      const response = await fetch(worker!);
      return ['Content-Security-Policy', 'Cross-Origin-Opener-Policy', 'Cross-Origin-Embedder-Policy', 'Cross-Origin-Resource-Policy'].map(name => response.headers.get(name));
    });
    expect(answers).toEqual([expect.stringContaining("default-src 'none'"), 'same-origin', 'require-corp', 'same-origin']);
    await expect(page.getByRole('alert')).toHaveText('');
  });

  test('the worker of a host without headers is bound from the second start on', async ({ page }) => {
    await host.start();
    await page.goto(host.url);
    await expect(page.getByTestId('offline-hint')).toBeVisible();
    expect(await policyOf(page)).toBeNull();
    await page.reload();
    await expect(button(page, 'Sample images')).toBeVisible();
    const told = await page.workers()[0]!.evaluate(() => new Promise<string>(resolve => {
      self.addEventListener('securitypolicyviolation', event => resolve((event as SecurityPolicyViolationEvent).effectiveDirective), { once: true });
      fetch('http://127.0.0.1:9/pixels').catch(() => {});
    }));
    expect(told).toBe('connect-src');
  });

  test('nothing is kept of a version that is not whole', async ({ page }) => {
    const asked: string[] = [];
    host.options.change = (path, text) => {
      asked.push(path);
      return path.endsWith('.svg') ? `${text} ` : text;
    };
    await host.start();
    await page.goto(host.url);
    // By the page, then by the service worker, which then gives up.
    await expect.poll(() => asked.filter(path => path === 'index.html').length).toBe(2);
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.getRegistration().then(found => found === undefined))).toBe(true);
    await expect(button(page, 'Sample images')).toBeVisible();
    await expect.poll(() => keptVersions(page)).toEqual([]);
    await expect(page.getByTestId('offline-hint')).toBeHidden();
  });
});

/** The built page as another version: a copy whose style sheet differs by a comment. */
async function anotherVersion(folder: string, mark: string): Promise<string> {
  for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.map')) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(folder, path.slice('dist/'.length));
    await mkdir(dirname(target), { recursive: true });
    const text = (await readFile(path, 'utf8')).replace(/\n *<meta name="version"[^>]*>/, '');
    await writeFile(target, path.endsWith('.css') ? `${text}\n/* ${mark} */` : text);
  }
  const shell = await makeShell(folder);
  const script = await readFile(join(folder, 'service-worker.js'), 'utf8');
  await writeFile(join(folder, 'service-worker.js'), script.replace(/^const SHELL = .*$/m, () => `const SHELL = ${JSON.stringify(shell)};`));
  return shell.version;
}

test('a new version waits for the next load, says so, and leaves a run alone', async ({ page, context }, info) => {
  const host = new StaticHost();
  await host.start();
  try {
    await page.goto(host.url);
    await expect(page.getByTestId('offline-hint')).toBeVisible();
    const first = await keptVersions(page);
    expect(first).toHaveLength(1);
    await button(page, 'Sample images').click();
    await fillOptions(page, 'Main options', { Batch: 4, Steps: 400, 'Local crops': 1 });
    await button(page, 'Step').click();
    await expect(page.getByTestId('step')).toHaveText('1');
    await expect(page.getByTestId('version-note')).toHaveText('');

    // Another tab finds it.
    const second = await anotherVersion(info.outputPath('second'), 'second');
    host.options.folder = info.outputPath('second');
    const other = await context.newPage();
    await other.goto(host.url);
    const note = page.getByTestId('version-note');
    await expect(note).toHaveText('A new version is ready: reload once this run is over.');
    await expect(note.getByRole('button')).toHaveCount(0);
    await expect(other.getByTestId('version-note')).toHaveText('');
    await expect(other.locator('meta[name="version"]')).toHaveAttribute('content', second);
    // The run goes on, and its page's files are still there.
    await button(page, 'Step').click();
    await expect(page.getByTestId('step')).toHaveText('2');
    expect(await keptVersions(page)).toEqual([...first, `glimpse-page-${second}`]);
    await other.close();

    await button(page, 'Stop').click();
    await expect(state(page)).toHaveAttribute('data-state', 'stopped');
    page.on('dialog', dialog => { void dialog.accept(); });
    await note.getByRole('button', { name: 'Reload' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.locator('meta[name="version"]')).toHaveAttribute('content', second);
    await expect(page.getByTestId('version-note')).toHaveText('');

    // A third drops the first.
    const third = await anotherVersion(info.outputPath('third'), 'third');
    host.options.folder = info.outputPath('third');
    await page.reload();
    await expect(page.locator('meta[name="version"]')).toHaveAttribute('content', third);
    await expect.poll(() => keptVersions(page)).toEqual([`glimpse-page-${second}`, `glimpse-page-${third}`]);
    await host.stop();
    await page.reload();
    await expect(page.locator('meta[name="version"]')).toHaveAttribute('content', third);
    await expect(button(page, 'Sample images')).toBeVisible();
  } finally {
    await host.stop();
  }
});
