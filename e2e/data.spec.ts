/** Images come as zips, in thousands, under names that mislead; they are cancelled, and read again after a reload. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { makeZip } from '#testing/zip.ts';
import { button, dropFiles, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';
import { shape } from './support/png.ts';

const NOTHING = () => Promise.resolve();
const images = (page: Page) => page.getByRole('region', { name: 'Images', exact: true });

/** Files of `classes` folders with `each` images in every one. */
async function makeFolder(root: string, classes: string[], each: number): Promise<string> {
  for (const [k, name] of classes.entries()) {
    await mkdir(join(root, name), { recursive: true });
    for (let i = 0; i < each; i++) await writeFile(join(root, name, `${i}.png`), shape(k % 2 ? 'square' : 'disc', i));
  }
  return root;
}

async function csvOf(page: Page): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), images(page).getByRole('button', { name: 'Download as CSV' }).click()]);
  return readFile(await file.path(), 'utf8');
}

test('a zip archive is opened: classes, what is refused in it and why, names as text, and it trains', async ({ page }, info) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Choose folder')).toBeVisible();
  const part = (name: string, bytes: Uint8Array) => ({ name, bytes });
  const zip = info.outputPath('shapes.zip');
  await writeFile(zip, await makeZip([
    ...Array.from({ length: 6 }, (_, i) => part(`discs/${i}.png`, shape('disc', i))),
    ...Array.from({ length: 6 }, (_, i) => ({ ...part(`squares/${i}.png`, shape('square', i)), stored: true })),
    part('../../squares/climbs <img src=x onerror=alert(1)>.png', shape('square', 7)),
    part('discs/=HYPERLINK("http:\u202eevil").png', new TextEncoder().encode('no image')),
    { ...part('discs/locked.png', shape('disc', 8)), flags: 0x801 },
    part('inner.zip', new Uint8Array([0x50, 0x4b])),
    part('__MACOSX/discs/._0.png', new Uint8Array(10)),
  ]));
  await dropFiles(page, [zip], NOTHING);
  await expect(page.getByTestId('image-count')).toHaveText('13');
  // Beside the thread that trains, under the policy of the built page.
  expect(page.workers().filter(worker => worker.url().includes('decode-worker')).length).toBeGreaterThan(1);
  await expect(images(page).getByText('shapes.zip', { exact: true })).toBeVisible();
  await expect(images(page).getByRole('radio', { name: 'squares/climbs <img src=x onerror=alert(1)>.png' })).toBeVisible();
  await images(page).getByText('3 files skipped').click();
  const row = (name: RegExp) => images(page).getByRole('row').filter({ hasText: name }).getByRole('cell').nth(1);
  await expect(row(/locked/)).toContainText('encrypted');
  await expect(row(/inner\.zip/)).toContainText('within another');
  await expect(row(/HYPERLINK/)).toContainText('text');
  await expect(images(page).getByText('1 other file was passed over')).toBeVisible();
  const csv = await csvOf(page);
  expect(csv.split('\r\n')).toHaveLength(5);
  expect(csv).not.toContain('\u202e');
  await fillOptions(page, 'Main options', { Steps: 3, Batch: 4, Prototypes: 16, Depth: 1, 'Local crops': 0 });
  await button(page, 'Train').click();
  await expect(state(page)).toHaveAttribute('data-state', 'finished');
  expect(await stepNow(page)).toBe(3);
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('thousands of files show their first images and counts while the rest is read, and can be cancelled', async ({ page }, info) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Choose folder')).toBeVisible();
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText('512');
  const folder = info.outputPath('many');
  await mkdir(folder, { recursive: true });
  const files = Array.from({ length: 40 }, (_, i) => shape('disc', i, 160));
  for (let i = 0; i < 2500; i++) await writeFile(join(folder, `${i}.png`), files[i % 40]!);

  await dropFiles(page, [folder], NOTHING);
  await expect(page.getByTestId('previews').getByRole('listitem')).toHaveCount(24);
  await expect(page.getByTestId('ingest-progress')).toHaveText(/^Reading images: [\d,]+ of [\d,]+/);
  await expect(page.getByTestId('image-count')).toBeHidden();
  await button(page, 'Cancel').click();
  // What was there before is there still.
  await expect(page.getByTestId('image-count')).toHaveText('512');
  await expect(page.getByTestId('previews')).toBeHidden();
  await dropFiles(page, [folder], NOTHING);
  await expect(page.getByTestId('image-count')).toHaveText('2,500');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('a folder that was chosen is offered after a reload, and a change in it is told', async ({ page }) => {
  const seen = watch(page);
  // A person's choice in the browser's own dialogue, which no test can make: a folder of the page's own storage in its place.
  await page.addInitScript(() => {
    Object.assign(window, { showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle('holiday', { create: true }) });
    // Such a folder needs no permission and knows no question for it; what a person answers is what `answer` says.
    Object.assign(FileSystemHandle.prototype, { requestPermission: async () => sessionStorage.getItem('answer') ?? 'granted' });
  });
  await page.goto('/');
  await expect(button(page, 'Choose folder')).toBeVisible();
  const put = (path: string, bytes: Buffer) => page.evaluate(async ([to, base64]) => {
    let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday', { create: true });
    const parts = to!.split('/');
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const writable = await (await folder.getFileHandle(parts.at(-1)!, { create: true })).createWritable();
    await writable.write(Uint8Array.from(atob(base64!), c => c.charCodeAt(0)));
    await writable.close();
  }, [path, bytes.toString('base64')]);
  for (let i = 0; i < 3; i++) {
    await put(`sea/${i}.png`, shape('disc', i));
    await put(`hills/${i}.png`, shape('square', i));
  }
  await expect(page.getByRole('button', { name: /^Reconnect/ })).toHaveCount(0);
  await button(page, 'Choose folder').click();
  await expect(page.getByTestId('image-count')).toHaveText('6');

  await page.reload();
  await page.evaluate(() => { sessionStorage.setItem('answer', 'denied'); });
  await button(page, 'Reconnect holiday').click();
  await expect(page.getByRole('alert')).toContainText('was not allowed to read "holiday"');
  await page.getByRole('button', { name: 'Dismiss this message' }).click();
  await page.evaluate(() => { sessionStorage.removeItem('answer'); });
  await button(page, 'Reconnect holiday').click();
  await expect(page.getByTestId('image-count')).toHaveText('6');
  await expect(images(page).getByText('has changed since')).toHaveCount(0);

  await page.reload();
  await put('sea/4.png', shape('disc', 4));
  await button(page, 'Reconnect holiday').click();
  await expect(page.getByTestId('image-count')).toHaveText('7');
  await expect(images(page).getByText('"holiday" has changed since it was read last: 6 images then.')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('a folder, single files and zips at once; by keyboard; where no folder can be kept', async ({ page }, info) => {
  const seen = watch(page);
  await page.addInitScript(() => { Reflect.deleteProperty(window, 'showDirectoryPicker'); });
  await page.goto('/');
  await expect(button(page, 'Choose folder')).toBeVisible();
  const folder = await makeFolder(info.outputPath('cats'), ['.'], 2);
  const zip = info.outputPath('dogs.zip');
  await writeFile(zip, await makeZip([{ name: 'a.png', bytes: shape('disc', 1) }, { name: 'b.png', bytes: shape('disc', 2) }]));
  await dropFiles(page, [folder, zip], NOTHING);
  await expect(page.getByTestId('image-count')).toHaveText('4');
  await images(page).getByText('Classes', { exact: true }).last().click();
  await expect(images(page).getByRole('list', { name: /^Classes/ }).getByRole('listitem')).toHaveText([/^cats\s*2$/, /^dogs\s*2$/]);

  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose folder').press('Enter')]);
  await chooser.setFiles(await makeFolder(info.outputPath('birds'), ['owl', 'rook'], 3));
  await expect(page.getByTestId('image-count')).toHaveText('6');
  await expect(images(page).getByText('birds', { exact: true })).toBeVisible();
  const [files] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose images or zip').press('Space')]);
  await files.setFiles([zip]);
  await expect(page.getByTestId('image-count')).toHaveText('2');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
