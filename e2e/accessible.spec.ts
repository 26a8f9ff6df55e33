/** Every screen, in both themes and at three widths, held against the rules of axe: WCAG 2.2 and good practice. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { expectAccessible } from './support/accessible.ts';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

test.use({ viewport: { width: 1440, height: 900 } });
test.setTimeout(270_000);

const openAll = (within: Locator) => within.locator('details:not([open])').evaluateAll(all => { for (const d of all) (d as HTMLDetailsElement).open = true; });
const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('before a run: empty, the list of keys, images and all options, what is wrong with them, an alert', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Sample images')).toBeVisible();
  await expectAccessible(page, 'empty');
  await button(page, 'Keys').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page, 'keys', 'dialog');
  await page.keyboard.press('Escape');

  await button(page, 'Sample images').click();
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  await openAll(page.getByRole('main'));
  await page.evaluate(() => { location.hash = '#preset=huge&embedDim=50&steps=7'; });
  await expect(page.getByRole('alert')).toContainText('there is no preset "huge"');
  await expect(page.locator('#train-reason')).toBeVisible();
  await expectAccessible(page, 'images and options');
  expectQuiet(seen);
});

test('with a run: training, paused with each view, stopped and measured', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  await fillOptions(page, 'Main options', { Batch: 4, Depth: 2, 'Local crops': 1, Steps: 400 });
  await button(page, 'Train').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(1);
  await fillOptions(page, 'Main options', { Steps: 500 });
  await expect(button(page, 'Restart with these settings')).toBeVisible();
  await expectAccessible(page, 'training');
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const tabs = page.getByRole('tab');
  for (let i = 0; i < await tabs.count(); i++) {
    await tabs.nth(i).click();
    await expect(page.getByRole('tabpanel')).not.toContainText('Looking.');
    await openAll(page.getByRole('tabpanel'));
    await expectAccessible(page, `paused, ${await tabs.nth(i).innerText()}`, '[role=tabpanel]');
  }

  await button(page, 'Measure').click();
  await expect(page.getByTestId('profile-state')).toHaveAttribute('data-state', 'done');
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  for (const name of ['Run', 'Curves', 'Runs', 'Performance']) await openAll(panel(page, name));
  await expectAccessible(page, 'stopped and measured');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('where nothing can be computed', async ({ page }) => {
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }); });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: /needs WebGPU/ })).toBeVisible();
  await expectAccessible(page, 'unsupported');
});
