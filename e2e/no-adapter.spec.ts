/** A browser that has WebGPU but reaches no GPU: the worker's own words on why. */
import { expect, test } from '@playwright/test';
import { launchOptions } from '#testing/chromium.ts';
import { button, expectQuiet, watch } from './support/page.ts';

const { args, ...browser } = launchOptions();
test.use({ launchOptions: { ...browser, args: [...args.filter(arg => !/webgpu/i.test(arg)), '--disable-gpu'] } });

test('gives the reason in place of the workbench', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  expect(await page.evaluate(() => 'gpu' in navigator)).toBe(true);
  await expect(page.getByRole('heading', { name: /needs WebGPU/ })).toBeVisible();
  const reason = page.getByRole('main').getByRole('paragraph').first();
  await expect(reason).toHaveText(/adapter|GPU/);
  expect(await reason.innerText()).not.toContain('navigator.gpu is missing');
  await expect(button(page, 'Train')).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
