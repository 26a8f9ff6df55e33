/** Someone who wants to know whether it learns: figures beside an untrained network and colour, before and after some steps. */
import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible } from './support/accessible.ts';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

/** A small network on few patches: all is computed on the processor here. */
const SMALL = { Batch: 4, Steps: 600, 'Local crops': 1, 'Patch size': 8, Depth: 2, Width: 48, Prototypes: 64 };

const said = (page: Page) => page.getByTestId('evaluation-state');
const rows = (page: Page, table: string): Promise<string[][]> =>
  page.getByTestId(table).locator('tbody tr').evaluateAll(all => all.map(row => [...row.children].map(c => c.textContent ?? '')));

async function evaluate(page: Page): Promise<void> {
  await button(page, 'Evaluate now').click();
  await expect(said(page)).toHaveAttribute('data-state', 'evaluating');
  await expect(said(page)).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
}

test.setTimeout(300_000);

test('the sample images: all figures, baselines beside them, again after some steps, and as a file', async ({ page }, info) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(page.getByText('Add images first.').first()).toBeVisible();
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', SMALL);

  // Cancelled, nothing is shown
  await button(page, 'Evaluate now').click();
  await expect(page.getByRole('progressbar', { name: 'Evaluating' })).toBeVisible();
  await page.getByRole('region', { name: 'What it knows' }).getByRole('button', { name: 'Cancel' }).click();
  await expect(said(page)).toHaveText('Not evaluated yet');

  // A run's first step, so that there is something trained
  await button(page, 'Step').click();
  await expect(page.getByTestId('step')).toHaveText('1');
  await evaluate(page);
  await expect(said(page)).toHaveText(/^At step 1, in /);
  const first = await rows(page, 'figure-table');
  expect(first.map(r => r[0])).toEqual([
    'k-NN, class token', 'k-NN, mean patch', 'Linear probe', 'Parts, by k-NN', 'Parts, or background', 'Things, 4 clusters each', 'Objects, 4 clusters each', 'Objects, 1 cluster each',
    'Parts, 4 clusters each', 'Parts, 1 cluster each',
  ]);
  for (const [name, trained, untrained, colour, gain] of first) {
    for (const value of [trained, untrained, colour].map(Number)) expect(value >= 0 && value < 100, `${name}: ${trained} ${untrained} ${colour}`).toBe(true);
    expect(gain).toMatch(/^([+\u2212]\d+\.\d|0\.0)$/);
  }
  expect(first.slice(0, 3).every(r => Number(r[1]) > 0 && Number(r[2]) > 0 && Number(r[3]) > 0)).toBe(true);
  await expect(page.getByTestId('thumbnail-figures')).toHaveText(/k-NN [\d.]+, Linear probe [\d.]+\.$/);
  await expect(page.getByTestId('trend')).toHaveCount(0);

  // Again, while it trains: the baselines are known by now
  await button(page, 'Continue').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(5);
  await button(page, 'Evaluate now').click();
  await expect(page.getByText('It rests most of the time')).toBeVisible();
  await expect.poll(() => page.getByRole('progressbar', { name: 'Evaluating' }).getAttribute('value').then(Number)).toBeGreaterThan(0);
  const before = await stepNow(page);
  await expect.poll(() => stepNow(page)).toBeGreaterThan(before + 2);
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  await expect(said(page)).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
  const second = await rows(page, 'figure-table');
  expect(second.map(r => [r[2], r[3]])).toEqual(first.map(r => [r[2], r[3]]));
  await expect(page.getByTestId('trend')).toHaveAccessibleName(/^Steps 1 to \d+: k-NN, class token from [\d.]+ to [\d.]+ %/);
  await page.getByText('All evaluations of this run').click();
  // A disclosure tells of its opening by an event of its own, after the click
  await expect(page.getByTestId('trend-table')).toBeVisible();
  expect((await rows(page, 'trend-table')).map(r => r[1])).toEqual([first[0]![1], second[0]![1]]);
  await page.getByText('What these figures mean').click();
  await expect(page.getByText('500 images, 512 images to answer with, 10 classes.').first()).toBeVisible();

  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Download the evaluations as CSV').click()]);
  expect(file.suggestedFilename()).toBe('glimpse-evaluations.csv');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(1 + 2 * first.length);
  expect(lines[0]).toMatch(/^run,images,step,figure,trained %,untrained %,colour %/);

  const knows = page.getByRole('region', { name: 'What it knows' });
  for (const [width, theme] of [[1440, 'light'], [1440, 'dark'], [390, 'dark']] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.getByLabel('Theme').selectOption(theme);
    await knows.screenshot({ path: info.outputPath(`knows-${width}-${theme}.png`) });
  }
  await page.getByLabel('Theme').selectOption('system');
  await expectAccessible(page, 'evaluated');
  await button(page, 'Stop').click();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
