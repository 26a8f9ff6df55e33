/** Every screen, in both themes and at three widths, held against the rules of axe: WCAG 2.2 and good practice. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

test.use({ viewport: { width: 1440, height: 900 } });
test.setTimeout(360_000);

const WIDTHS = [1440, 820, 360];
const THEMES = ['light', 'dark'] as const;
/** Of WCAG 2.2: what is pressed is 24 pixels wide and high, or has as much room. Axe leaves it out unless asked. */
const TARGETS = { 'target-size': { enabled: true } };

/** Nothing broken, and nothing wider than the window. */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of THEMES) {
      // Without motion, colours are what they will be at once.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      const { violations } = await new AxeBuilder({ page }).options({ rules: TARGETS }).setLegacyMode().analyze();
      for (const { id, nodes } of violations) found.push(`${screen}, ${width} px, ${colorScheme}: ${id} at ${nodes.map(n => n.target.join(' ')).join(', ')}`);
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (beyond > 0) found.push(`${screen}, ${width} px: ${beyond} px wider than the window`);
  }
  expect(found).toEqual([]);
}

const openAll = (page: Page) => page.locator('details:not([open])').evaluateAll(all => { for (const d of all) (d as HTMLDetailsElement).open = true; });

test('from the empty page to a run that is over, on each screen', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Sample images')).toBeVisible();
  await expectAccessible(page, 'empty');
  await button(page, 'Keys').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page, 'keys');
  await page.keyboard.press('Escape');

  await button(page, 'Sample images').click();
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  await openAll(page);
  await fillOptions(page, 'Main options', { Width: 50, Batch: 4, Depth: 2, 'Local crops': 1, Steps: 400 });
  await expect(page.locator('#train-reason')).toBeVisible();
  await page.goto('/#preset=huge');
  await expect(page.getByRole('alert')).toContainText('there is no preset "huge"');
  await expectAccessible(page, 'options, what is wrong with them, and an alert');
  await button(page, 'Dismiss this message').click();

  await fillOptions(page, 'Main options', { Batch: 4, Depth: 2, 'Local crops': 1, Steps: 400 });
  await button(page, 'Train').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(1);
  await expectAccessible(page, 'training');
  await fillOptions(page, 'Main options', { Steps: 500 });
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const tabs = page.getByRole('tab');
  for (let i = 0; i < await tabs.count(); i++) {
    await tabs.nth(i).click();
    await expect(page.getByRole('tabpanel')).not.toContainText('Looking.');
    await openAll(page);
    await expectAccessible(page, `paused, ${await tabs.nth(i).innerText()}`);
  }

  await button(page, 'Measure').click();
  await expect(page.getByTestId('profile-state')).toHaveAttribute('data-state', 'done');
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await openAll(page);
  await expectAccessible(page, 'stopped, measured, everything open');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});

test('where nothing can be computed', async ({ page }) => {
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }); });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: /needs WebGPU/ })).toBeVisible();
  await expectAccessible(page, 'unsupported');
});
