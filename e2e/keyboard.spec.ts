/** The whole way by keyboard alone: what has the focus is always in sight. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { button, expectQuiet, state, stepNow, watch } from './support/page.ts';

test.use({ viewport: { width: 1280, height: 800 } });
test.setTimeout(270_000);

/** More stops than the page has. */
const STOPS = 250;

/** What has the focus, as a person sees it: marked, and not under anything else. */
async function expectFocusInSight(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const element = document.activeElement!;
    const box = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const at = (x: number, y: number) => document.elementFromPoint(x, y);
    const inside = (n: number, most: number) => Math.max(1, Math.min(most - 2, n));
    // Of something larger than the window a part will do.
    const points = [[0.5, 0.5], [0.5, 0.1], [0.1, 0.5], [0.9, 0.9]].map(([x, y]) => at(inside(box.left + x! * box.width, innerWidth), inside(box.top + y! * box.height, innerHeight)));
    return {
      name: `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent.slice(0, 40)}`,
      marked: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
      visible: points.some(p => p !== null && (element === p || element.contains(p) || p.contains(element))),
    };
  });
  expect(seen).toEqual({ name: seen.name, marked: true, visible: true });
}

/** Tab, or Shift and Tab where it lies before, until it has the focus. */
async function go(page: Page, to: Locator): Promise<void> {
  const key = await to.evaluate(element => {
    const from = document.activeElement;
    return from && from !== document.body && (from.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING) !== 0 ? 'Shift+Tab' : 'Tab';
  });
  for (let i = 0; i < STOPS; i++) {
    await page.keyboard.press(key);
    await expectFocusInSight(page);
    if (await to.evaluate(element => element === document.activeElement)) return;
  }
  throw new Error(`${STOPS} times ${key} did not lead to ${String(to)}.`);
}

/** By the words beside the run's buttons. */
async function jump(page: Page, place: string): Promise<void> {
  await go(page, page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('button', { name: place, exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: place, exact: true })).toBeFocused();
}

async function write(page: Page, field: string, text: string): Promise<void> {
  await go(page, page.getByRole('group', { name: 'Main options' }).getByRole('textbox', { name: new RegExp(`^${field}( |$)`) }));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
}

test('images, options, a run, each view, a file, the end', async ({ page }) => {
  const seen = watch(page);
  await page.addInitScript(() => {
    Object.assign(window, { pointers: 0 });
    for (const type of ['pointerdown', 'mousedown', 'wheel']) addEventListener(type, () => { (window as unknown as { pointers: number }).pointers++; });
  });
  await page.goto('/');
  await expect(button(page, 'Sample images')).toBeVisible();

  // The list of keys
  await go(page, button(page, 'Keys'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(button(page, 'Keys')).toBeFocused();

  // Images, the first by arrow keys
  await go(page, button(page, 'Sample images'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  const images = page.getByRole('radiogroup', { name: 'Image to look at' }).getByRole('radio');
  await go(page, images.first());
  await page.keyboard.press('ArrowRight');
  await expect(images.nth(1)).toHaveAttribute('aria-checked', 'true');
  await go(page, button(page, 'More images'));
  const before = await images.first().getAttribute('aria-label');
  await page.keyboard.press('Enter');
  await expect(images.first()).not.toHaveAttribute('aria-label', before!);

  // Options
  await jump(page, 'Setup');
  await write(page, 'Steps', '400');
  await write(page, 'Batch', '0');
  await expect(page.locator('#train-reason')).toContainText('Batch is 0, must be from 1');
  await go(page, page.getByRole('button', { name: /^Reset Batch to/ }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Batch/ }).first()).toBeFocused();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('4');
  await write(page, 'Local crops', '1');

  // The run
  await go(page, button(page, 'Train'));
  await page.keyboard.press('Enter');
  await expect.poll(() => stepNow(page)).toBeGreaterThan(1);
  await expect(button(page, 'Pause')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const paused = await stepNow(page);
  await go(page, button(page, 'Step'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('step')).toHaveText(String(paused + 1));
  await jump(page, 'Run');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('step')).toHaveText(String(paused + 2));
  await page.keyboard.press('Space');
  await expect(state(page)).toHaveAttribute('data-state', 'training');
  await page.keyboard.press('Space');
  await expect(state(page)).toHaveAttribute('data-state', 'paused');

  // Each view, and another patch in it where patches can be chosen
  const tabs = page.getByRole('tab');
  const panel = page.getByRole('tabpanel');
  await jump(page, 'What it sees');
  await go(page, tabs.first());
  for (let i = 0; i < await tabs.count(); i++) {
    if (i > 0) {
      if (!await tabs.nth(i - 1).evaluate(tab => tab === document.activeElement)) await go(page, tabs.nth(i - 1));
      await page.keyboard.press('ArrowRight');
    }
    await expect(tabs.nth(i)).toBeFocused();
    await expect(tabs.nth(i)).toHaveAttribute('aria-selected', 'true');
    await expect(panel).not.toContainText('Looking.');
    const picker = panel.getByRole('application').first();
    if (await picker.count() === 0) continue;
    await go(page, picker);
    const name = await picker.getAttribute('aria-label');
    await page.keyboard.press('ArrowLeft');
    await expect(picker).not.toHaveAttribute('aria-label', name!);
    await expect(picker).toBeFocused();
  }

  // A file, and the end
  await jump(page, 'Run');
  await go(page, button(page, 'Download model'));
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(file.suggestedFilename()).toMatch(/^glimpse-teacher-\d+\.safetensors$/);
  await go(page, button(page, 'Stop'));
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  expect(await page.evaluate(() => (window as unknown as { pointers: number }).pointers)).toBe(0);
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
