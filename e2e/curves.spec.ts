/** Two runs, one of them set so that it collapses: what is said of it, what helps, and their curves side by side. */
import { readFile } from 'node:fs/promises';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { button, expectQuiet, fillOptions, state, watch } from './support/page.ts';

const SMALL = { Batch: 2, Steps: 40, 'Local crops': 1, Depth: 1, Width: 24, Prototypes: 32 };

const chart = (page: Page, id: string): Locator => page.getByTestId(`chart-${id}`);

async function trainToTheEnd(page: Page, name: string): Promise<void> {
  await button(page, name).click();
  await expect(state(page)).toHaveAttribute('data-state', 'finished', { timeout: 90_000 });
}

async function saved(page: Page, title: string, what: string): Promise<Buffer> {
  await page.locator('summary', { hasText: 'Save' }).and(page.getByLabel(`Save “${title}”`)).click();
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, what).click()]);
  return readFile(await file.path());
}

test('a teacher too hot to tell images apart is noticed, with a remedy; its curves lie beside those of the run before', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', SMALL);
  await page.getByText('All options').click();
  await trainToTheEnd(page, 'Train');
  const diagnosis = page.getByTestId('diagnosis');
  await expect(diagnosis).toHaveAttribute('data-verdict', 'well');
  await expect(page.locator('[data-sign=agreement]')).toHaveText(/^[01](\.\d+)?$/);

  // At this temperature any answer is as good as another
  await fillOptions(page, 'Losses', { 'Teacher temperature': [1, 1] });
  await trainToTheEnd(page, 'Train again');
  await expect(diagnosis).toHaveAttribute('data-verdict', 'uniform');
  await expect(diagnosis.getByRole('status')).toContainText('All images look alike to the teacher');
  await expect(diagnosis).toContainText(/Its entropy is 3\.4\d+ nats, of 3\.466 \(ln 32\)/);
  const remedy = diagnosis.getByRole('button', { name: 'Lower the teacher’s temperature to 0.02, 0.03' });
  await remedy.click();
  await expect(remedy).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByLabel('Teacher temperature, 2 of 2')).toHaveValue('0.03');

  // The first run beside the second
  const kept = page.getByTestId('kept-run');
  await kept.filter({ hasNot: page.getByText('(in memory)') }).getByRole('checkbox', { name: /^Show in the curves/ }).check();
  await expect(page.getByRole('list', { name: 'Runs in the charts' }).getByRole('listitem')).toHaveCount(2);
  await expect(page.getByTestId('differences').locator('tbody tr')).toHaveText(['Teacher temperature1, 10.02, 0.03']);
  const entropy = chart(page, 'teacherEntropy');
  await expect(entropy).toHaveAttribute('aria-valuetext', /^step 40: .* 3\.4\d+, .* [012]\.\d+$/);

  // The crosshair by keyboard, in all charts at once, over any axis
  await entropy.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  for (const id of ['teacherEntropy', 'loss', 'kl']) await expect(chart(page, id)).toHaveAttribute('aria-valuetext', /^step 38: /);
  await page.keyboard.press('Home');
  await expect(chart(page, 'loss')).toHaveAttribute('aria-valuetext', /^step 1: /);
  const curves = page.getByRole('group', { name: 'How the curves are drawn' });
  await curves.getByLabel('Over').selectOption('Epochs');
  await expect(entropy).toHaveAttribute('aria-valuetext', /^epoch 0\.16: /);
  await curves.getByLabel('Over').selectOption('Time');
  await expect(entropy).toHaveAttribute('aria-valuetext', /^\d+:\d\d: /);
  await curves.getByLabel('Logarithmic').check();
  await curves.getByLabel('Ignore outliers').check();

  // Taken away
  const [head, ...rows] = (await saved(page, 'Losses: total', 'Numbers (CSV)')).toString('utf8').trim().split('\r\n');
  expect(head).toBe('run,step,epoch,elapsed,loss');
  expect(rows).toHaveLength(80);
  expect([...(await saved(page, 'Losses: total', 'Picture (PNG)')).subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

  await page.getByRole('button', { name: /^Hide / }).click();
  await expect(chart(page, 'losses')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
