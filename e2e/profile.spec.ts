/** Someone who wants to know where the time goes: measure without a run, while it trains, while it is paused. */
import { expect, type Page, test } from '@playwright/test';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

const profileState = (page: Page) => page.getByTestId('profile-state');
const panel = (page: Page) => page.getByRole('region', { name: 'Performance' });

async function table(page: Page): Promise<string[][]> {
  return page.getByTestId('kernel-table').locator('tbody tr').evaluateAll(rows => rows.map(row => [...row.children].map(cell => cell.textContent ?? '')));
}

/** Presses Measure and returns the rows when a measurement at the step has come. */
async function measure(page: Page, name: string, says: RegExp): Promise<string[][]> {
  await button(page, name).click();
  await expect(profileState(page)).toHaveAttribute('data-state', 'measuring');
  await expect(profileState(page)).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
  await expect(profileState(page)).toHaveText(says);
  return table(page);
}

function expectRows(rows: string[][]): void {
  expect(rows.find(r => r[0]?.startsWith('Products, forward'))).toBeDefined();
  expect(rows.find(r => r[0]?.startsWith('Attention forward'))).toBeDefined();
  const shares = rows.map(r => parseFloat(r[1] ?? ''));
  expect(shares.every(s => s > 0 && s <= 100), String(shares)).toBe(true);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares.reduce((a, b) => a + b)).toBeLessThan(101);
  for (const r of rows) expect(r[4]).toMatch(/^[\d.]+ (GFLOP|TFLOP|GB)\/s$/);
}

test('a step is measured before a run, while it trains and while it is paused, and training goes on', async ({ page, context }) => {
  const seen = watch(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  await expect(profileState(page)).toHaveText('Not measured yet');
  await fillOptions(page, 'Main options', { Batch: 2, Steps: 400, 'Local crops': 1 });
  expectRows(await measure(page, 'Measure', /on noise, without a run$/));

  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await button(page, 'Train').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(2);
  await page.getByText('Kernels of the matrix products').click();
  const kernels = page.getByTestId('tuning-table').locator('tbody tr');
  await expect(kernels.first().getByRole('cell').nth(1)).toHaveText(/^(subgroup|register|shared) /);
  expect(await kernels.count()).toBeGreaterThan(10);
  await expect(page.getByTestId('wait-share')).toHaveText(/ %$/);
  await expect(page.getByTestId('encode-share')).toHaveText(/ %$/);
  expectRows(await measure(page, 'Measure again', /at step \d+ of a run$/));
  const at = Number(/step (\d+)/.exec(await profileState(page).innerText())?.[1]);
  await expect(state(page)).toHaveAttribute('data-state', 'training');
  await expect.poll(() => stepNow(page)).toBeGreaterThan(at + 1);

  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const paused = await stepNow(page);
  const rows = await measure(page, 'Measure again', new RegExp(`at step ${paused} of a run$`));
  expectRows(rows);
  expect(await stepNow(page)).toBe(paused);
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  await expect(panel(page).locator('dl')).toContainText(/\d+ dispatches, \d+ submits?/);

  await page.getByRole('button', { name: /^Show \d+ more/ }).click();
  expect((await table(page)).length).toBeGreaterThan(rows.length);
  await button(page, 'Copy as Markdown').click();
  await expect(panel(page).getByText('Copied', { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`at step ${paused} of a run`);
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Download the profile as CSV').click()]);
  expect(file.suggestedFilename()).toBe('glimpse-profile.csv');

  await button(page, 'Continue').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(paused);
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
