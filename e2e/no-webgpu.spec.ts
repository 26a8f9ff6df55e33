/** A browser without WebGPU gets a page that says so, and nothing that can't work. */
import { expect, test } from '@playwright/test';
import { button, expectQuiet, watch } from './support/page.ts';

test('says what is missing and what to do, and shows nothing else', async ({ page }) => {
  const seen = watch(page);
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }); });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: /needs WebGPU/ })).toBeVisible();
  await expect(page.getByText('navigator.gpu is missing')).toBeVisible();
  await expect(page.getByText('chrome://gpu')).toBeVisible();
  await expect(page.getByText(/Chrome or Edge 127/)).toBeVisible();
  for (const name of ['Train', 'Choose folder', 'Sample images']) await expect(button(page, name)).toHaveCount(0);
  await expect(button(page, 'Try again')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveText('');
  expect(page.workers()).toHaveLength(0);
  expectQuiet(seen);
});

test('the theme is chosen, and remembered', async ({ page }) => {
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }); });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  await expect.poll(ground).not.toBe(light);
  const dark = await ground();
  await page.reload();
  await expect(page.getByLabel('Theme')).toHaveValue('dark');
  expect(await ground()).toBe(dark);
  await page.getByLabel('Theme').selectOption('system');
  await expect.poll(ground).toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).toBe(dark);
});
