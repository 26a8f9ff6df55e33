/** A run in a tab that nobody looks at goes on; while it trains, the machine is kept awake; closing asks only where something would be lost. */
import { expect, test, type Page } from '@playwright/test';
import { button, fillOptions, state, stepNow } from './support/page.ts';
import { withPlainBrowser } from './support/plain-browser.ts';

async function ready(page: Page): Promise<void> {
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', { Batch: 4, Steps: 400, 'Local crops': 1 });
}

/** Before the page: notes each wake lock that is asked for, and counts those held. */
async function watchLocks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { wakeLock } = navigator;
    const request = wakeLock.request.bind(wakeLock);
    const counts = { asked: 0, held: 0 };
    Object.assign(window, { wakeLocks: counts });
    wakeLock.request = async type => {
      counts.asked++;
      const lock = await request(type);
      counts.held++;
      lock.addEventListener('release', () => { counts.held--; });
      return lock;
    };
  });
}
const locks = (page: Page) => page.evaluate(() => ({ ...(window as unknown as { wakeLocks: { asked: number; held: number } }).wakeLocks }));

test('a hidden tab goes on training, and is kept awake again when it is seen', async ({ baseURL }, info) => {
  await withPlainBrowser(info.outputPath('profile'), async browser => {
    const context = browser.contexts()[0]!;
    const page = context.pages()[0]!;
    const seen = () => page.evaluate(() => document.visibilityState);
    await watchLocks(page);
    await page.goto(baseURL!);
    await ready(page);
    expect(await locks(page)).toEqual({ asked: 0, held: 0 });
    await button(page, 'Train').click();
    await expect.poll(() => stepNow(page)).toBeGreaterThan(0);
    // Preparing and training each hold one.
    const { asked } = await locks(page);
    expect(await locks(page)).toEqual({ asked, held: 1 });

    const front = await context.newPage();
    await front.bringToFront();
    await expect.poll(seen).toBe('hidden');
    const frames = await page.evaluate(() => {
      const drawn = { count: 0 };
      const frame = () => { drawn.count++; requestAnimationFrame(frame); };
      Object.assign(window, { drawn });
      requestAnimationFrame(frame);
      return drawn.count;
    });
    await expect.poll(() => locks(page)).toEqual({ asked, held: 0 });
    const hiddenAt = await stepNow(page);
    await expect.poll(() => stepNow(page)).toBeGreaterThan(hiddenAt + 5);
    expect(await seen()).toBe('hidden');
    // Nothing was drawn meanwhile: the steps came without it.
    expect(await page.evaluate(() => (window as unknown as { drawn: { count: number } }).drawn.count)).toBe(frames);

    await page.bringToFront();
    await expect.poll(seen).toBe('visible');
    await expect.poll(() => locks(page)).toEqual({ asked: asked + 1, held: 1 });
    await button(page, 'Pause').click();
    await expect(state(page)).toHaveAttribute('data-state', 'paused');
    await expect.poll(() => locks(page)).toEqual({ asked: asked + 1, held: 0 });
  });
});

test('leaving asks only while something would be lost', async ({ page }) => {
  const asked: string[] = [];
  page.on('dialog', dialog => {
    asked.push(dialog.type());
    // Stay where something is to be lost.
    void dialog.dismiss();
  });
  await page.goto('/');
  await ready(page);
  await page.reload();
  expect(asked).toEqual([]);

  await ready(page);
  await button(page, 'Train').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(0);
  await page.evaluate(() => { location.reload(); });
  await expect.poll(() => asked).toEqual(['beforeunload']);
  const stayed = await stepNow(page);
  await expect.poll(() => stepNow(page)).toBeGreaterThan(stayed);

  // A run that is paused is kept on this machine, so nothing is lost.
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const paused = (await stepNow(page)).toLocaleString('en');
  await expect(page.getByTestId('kept-run').first()).toContainText(`Step ${paused} of`);
  await page.reload();
  await expect(page.getByTestId('step')).toHaveText('0');
  expect(asked).toHaveLength(1);
});
