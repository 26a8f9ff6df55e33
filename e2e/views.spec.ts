/** What the network has learned, seen in four ways, with real training on the sample images. */
import { writeFile } from 'node:fs/promises';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { attentionTable, button, dropFiles, expectQuiet, fillOptions, pixels, state, stepNow, watch } from './support/page.ts';
import { shape } from './support/png.ts';
import { begin, panel, rows, seenStep, tab } from './support/view-panel.ts';

/** So many single steps, and the view at the last of them. */
async function steps(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = await stepNow(page);
    await button(page, 'Step').click();
    await expect(page.getByTestId('step')).toHaveText(String(before + 1));
  }
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', String(await stepNow(page)));
}

async function drawing(canvas: Locator): Promise<number[]> {
  await expect(canvas).not.toHaveAttribute('aria-busy');
  return canvas.evaluate((c: HTMLCanvasElement) => [...c.getContext('2d')!.getImageData(0, 0, c.width, c.height).data]);
}
/** Mean difference of two drawings of one canvas, in parts of 255. */
const difference = (a: number[], b: number[]): number => a.reduce((s, v, i) => s + Math.abs(v - b[i]!), 0) / a.length;

test('attention: of the class token and of any patch, its strongest patches, all heads at once', async ({ page }, info) => {
  const seen = watch(page);
  await begin(page);
  await expect(page.getByTestId('stage')).toContainText('This network has learned nothing yet');
  await steps(page, 2);
  await expect(page.getByTestId('stage')).toContainText('Early in training');
  const picker = panel(page).getByRole('application');
  await page.getByText('Numbers for each head').click();
  const classToken = await attentionTable(page);

  // Another token looks
  await picker.click({ position: { x: 5, y: 5 } });
  await expect(picker).toHaveAttribute('data-patch', '0');
  await expect(page.getByRole('columnheader', { name: 'On the class token' })).toBeVisible();
  expect(await attentionTable(page)).not.toEqual(classToken);
  const corner = await attentionTable(page);
  await picker.press('ArrowRight');
  await picker.press('ArrowDown');
  await expect(picker).toHaveAccessibleName(/Patch at row 2, column 2$/);
  await expect.poll(() => attentionTable(page)).not.toEqual(corner);
  await expect(page.getByTestId('step')).toHaveText('2'); // the arrow took no step
  await picker.press('Escape');
  await expect(page.getByRole('columnheader', { name: 'On itself' })).toBeVisible();
  expect(await attentionTable(page)).toEqual(classToken);

  // The patches that hold most
  const map = page.getByTestId('attention-map');
  const heat = (await pixels(map)).sum;
  await panel(page).getByRole('combobox', { name: /^Show/ }).selectOption('mass');
  await expect.poll(async () => (await pixels(map)).sum).not.toBe(heat);
  await expect(page.getByRole('columnheader', { name: '60 % lie on' })).toBeVisible();
  const held = async () => (await rows(page, 'attention-table')).map(r => parseInt(r[5]!, 10));
  const sixty = await held();
  for (const n of sixty) expect(n).toBeLessThan(0.62 * 64);
  await panel(page).getByLabel(/^Share that they hold/).fill('0.9');
  for (const [i, n] of (await held()).entries()) expect(n).toBeGreaterThan(sixty[i]!);

  // One head out of all
  const head = panel(page).getByRole('button', { name: /^Head 2/ });
  await panel(page).getByRole('button', { name: /^All heads/ }).click();
  await page.mouse.move(0, 0);
  await expect(map).toHaveAccessibleName(/^All heads/);
  const all = (await pixels(map)).sum;
  await head.hover();
  await expect(map).toHaveAccessibleName(/^Head 2 of all heads/);
  await expect.poll(async () => (await pixels(map)).sum).not.toBe(all);
  await page.mouse.move(0, 0);
  await expect(map).toHaveAccessibleName(/^All heads/);
  await page.keyboard.press('Tab');
  await expect(panel(page).getByRole('button', { name: /^Head 1/ })).toBeFocused();
  await expect(map).toHaveAccessibleName(/^Head 1 of all heads/);

  // A picture that is none of the images, chosen or dropped
  const own = info.outputPath('own.png');
  await writeFile(own, shape('disc', 2));
  await panel(page).getByLabel('Picture to look at').setInputFiles(own);
  await expect(panel(page).getByText('which is not one of the images')).toContainText('own.png');
  await button(page, 'Back to the images').click();
  await expect(panel(page).getByText('which is not one of the images')).toBeHidden();
  const box = (await picker.boundingBox())!;
  await dropFiles(page, [own], async () => { await expect(page.getByText('Drop one picture to look at it')).toBeVisible(); }, { x: box.x + 30, y: box.y + 30 });
  await expect(panel(page).getByText('which is not one of the images')).toContainText('own.png');
  await expect(page.getByText('Drop one picture to look at it')).toBeHidden();
  await expect(page.getByText('Drop to use these images')).toBeHidden();
  await expect(page.getByTestId('image-count')).toHaveText('512');

  // On the way
  await button(page, 'Continue').click();
  await expect.poll(() => seenStep(page)).toBeGreaterThan(4);
  await panel(page).getByLabel('Update while training').uncheck();
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('similarity: from any patch, to chosen images and to the whole dataset', async ({ page }) => {
  const seen = watch(page);
  await begin(page);
  // So that the teacher moves with the first steps, by more than the table rounds off.
  await page.getByText('All options').click();
  await fillOptions(page, 'Optimiser', { 'Learning-rate warm-up': 0, 'Teacher momentum': [0.9, 0.9] });
  await tab(page, 'Attention').press('ArrowRight');
  await expect(tab(page, 'Similarity')).toBeFocused();
  await expect(tab(page, 'Similarity')).toHaveAttribute('aria-selected', 'true');
  await page.getByText('Numbers for each picture').click();
  await expect(page.getByTestId('similarity-table').locator('tbody tr')).toHaveCount(6);
  await steps(page, 1);
  const first = await rows(page, 'similarity-table');
  await steps(page, 2);
  expect(await rows(page, 'similarity-table')).not.toEqual(first);

  const picker = panel(page).getByRole('application');
  const at = await rows(page, 'similarity-table');
  await picker.press('ArrowLeft');
  await expect(picker).toHaveAccessibleName(/row 5, column 4$/);
  await expect.poll(() => rows(page, 'similarity-table')).not.toEqual(at);
  for (const [, best, , mean, least] of await rows(page, 'similarity-table')) {
    expect(Number(best)).toBeLessThanOrEqual(1);
    expect(Number(mean)).toBeLessThan(Number(best));
    expect(Number(least)).toBeLessThan(Number(mean));
  }

  await page.getByText('Choose the images beside it').click();
  const choices = panel(page).getByRole('group', { name: /^Images beside it/ }).getByRole('button');
  await choices.nth(4).click();
  await choices.nth(7).click();
  await expect(page.getByTestId('similarity-table').locator('tbody tr')).toHaveCount(3);
  await button(page, 'Take the next ones in the dataset').click();
  await expect(page.getByTestId('similarity-table').locator('tbody tr')).toHaveCount(6);

  // The whole dataset, between two steps
  await button(page, 'Find the most alike in all 512 images').click();
  await expect(page.getByRole('region', { name: 'Most alike in all images' }).getByRole('status')).toHaveText(/^Searched \d+ of 512 images$/);
  const found = page.getByTestId('nearest').getByRole('button');
  await expect(found).toHaveCount(12, { timeout: 120_000 });
  const likeness = await found.evaluateAll(all => all.map(b => Number(b.textContent)));
  expect(likeness).toEqual([...likeness].sort((a, b) => b - a));
  expect(likeness[0]).toBeGreaterThan(0.5);
  const name = (await found.first().getAttribute('aria-label'))!;
  await found.first().click();
  await expect(picker).toHaveAccessibleName(new RegExp(`^${name.split(',')[0]!}: .*${/row \d+, column \d+/.exec(name)![0]}$`));

  // While it trains, and not to its end
  await button(page, 'Continue').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(3);
  await button(page, 'Find the most alike in all 512 images').click();
  await expect(page.getByRole('region', { name: 'Most alike in all images' }).getByRole('status')).toHaveText(/^Searched \d+ of 512 images$/);
  await expect(panel(page).getByText('It rests between batches')).toBeVisible();
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(button(page, 'Find the most alike in all 512 images')).toBeVisible();
  const now = await seenStep(page);
  await expect.poll(() => seenStep(page)).toBeGreaterThan(now);
  await button(page, 'Stop').click();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('parts: components as colours that hold still from step to step, foreground, explained variance', async ({ page }) => {
  const seen = watch(page);
  await begin(page);
  await tab(page, 'Parts').click();
  await steps(page, 2);
  const map = page.getByTestId('parts-map');
  const explained = (): Promise<number[]> => page.getByTestId('explained').locator('b').evaluateAll(all => all.map(b => parseFloat(b.textContent ?? '')));
  const [first, second, third] = await explained() as [number, number, number];
  expect(first).toBeGreaterThanOrEqual(second);
  expect(second).toBeGreaterThanOrEqual(third);
  expect(first + second + third).toBeLessThanOrEqual(100.2);
  expect((await pixels(map)).colours).toBeGreaterThan(100);

  // One step is a small change: a component whose sign or place had jumped would turn colours into others.
  const before = await drawing(map);
  await steps(page, 1);
  const after = await drawing(map);
  expect(difference(before, after)).toBeGreaterThan(0);
  expect(difference(before, after)).toBeLessThan(25);

  await page.getByText('Numbers for each picture').click();
  const foreground = async () => (await rows(page, 'parts-table')).map(r => parseFloat(r[1]!));
  const own = await foreground();
  expect(own).toHaveLength(6);
  await panel(page).getByLabel('Foreground only').check();
  await expect.poll(() => explained()).not.toEqual([first, second, third]);
  await panel(page).getByLabel('Swap foreground and background').check();
  await expect.poll(foreground).not.toEqual(own);
  for (const [i, share] of (await foreground()).entries()) expect(Math.abs(share + own[i]! - 100)).toBeLessThanOrEqual(1);

  await button(page, 'Continue').click();
  const now = await seenStep(page);
  await expect.poll(() => seenStep(page)).toBeGreaterThan(now);
  await button(page, 'Stop').click();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('matches: of two views and of two images, by pointer and by keyboard', async ({ page }) => {
  const seen = watch(page);
  await begin(page);
  await tab(page, 'Matches').click();
  await steps(page, 2);
  const lines = page.getByTestId('matches').locator('svg g');
  await expect(lines).toHaveCount(12);
  await expect(page.getByTestId('stage')).toContainText(/Of \d+ patches that both views show, \d+ find their own place/);
  const table = await rows(page, 'matches-table');
  expect(table).toHaveLength(12);
  const attention = table.map(r => parseFloat(r[3]!));
  expect(attention).toEqual([...attention].sort((a, b) => b - a));
  for (const row of table) expect(row[4]).toMatch(/^(yes|no: \d, \d)$/);

  const entries = page.getByTestId('matches-table').getByRole('button');
  await entries.first().focus();
  await page.keyboard.press('Tab');
  await expect(entries.nth(1)).toBeFocused();
  await expect(entries.nth(1)).toHaveAttribute('aria-pressed', 'true');
  await expect(lines.and(page.locator('[opacity="1"]'))).toHaveCount(1);

  await button(page, 'Draw other views').click();
  await expect.poll(() => rows(page, 'matches-table')).not.toEqual(table);
  await panel(page).getByLabel('Compare').selectOption('images');
  await expect(page.getByRole('columnheader', { name: 'Same place' })).toBeHidden();
  await expect(page.getByTestId('stage')).not.toContainText('both views show');
  const next = await rows(page, 'matches-table');
  await page.getByText('Choose the second image').click();
  await panel(page).getByRole('group', { name: 'Second image' }).getByRole('button').nth(5).click();
  await expect.poll(() => rows(page, 'matches-table')).not.toEqual(next);

  await button(page, 'Continue').click();
  const now = await seenStep(page);
  await expect.poll(() => seenStep(page)).toBeGreaterThan(now);
  await button(page, 'Stop').click();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
