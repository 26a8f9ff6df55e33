/** Every screen, in both themes and at three widths, held against the rules of axe: WCAG 2.2 and good practice. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

test.use({ viewport: { width: 1440, height: 900 } });
test.setTimeout(270_000);

const WIDTHS = [1440, 820, 360];
/** Of WCAG 2.2: what is pressed is 24 pixels wide and high, or has as much room. Axe leaves it out unless asked. */
const OPTIONS = { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations' as const], preload: false };
/** What depends on colours; all else is the same in both themes. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Nothing broken in the page, or in a part of it, and nothing wider than the window. */
async function expectAccessible(page: Page, screen: string, part = 'html'): Promise<void> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      // Without motion, colours are what they will be at once.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      const axe = new AxeBuilder({ page }).setLegacyMode().include(part).options(OPTIONS);
      const { violations } = await (colorScheme === 'dark' ? axe.withRules(OF_COLOURS) : axe).analyze();
      for (const { id, nodes } of violations) found.push(`${screen}, ${width} px, ${colorScheme}: ${id} at ${nodes.map(n => n.target.join(' ')).join(', ')}`);
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (beyond > 0) found.push(`${screen}, ${width} px: ${beyond} px wider than the window`);
  }
  expect(found).toEqual([]);
}

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
