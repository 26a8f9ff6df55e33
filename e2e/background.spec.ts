/** A run in a tab that nobody looks at goes on; while it trains, the machine is kept awake; closing asks only where something would be lost. */
import { chromium, expect, test, type Page } from '@playwright/test';
import { launchOptions } from '#testing/chromium.ts';
import { button, fillOptions, state, stepNow } from './support/page.ts';

async function ready(page: Page): Promise<void> {
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', { Batch: 4, Steps: 400, 'Local crops': 1 });
}

/** What keeps a hidden page as lively as a seen one, in tests alone: left out here. */
const INDULGENT = ['--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'];

test('a hidden tab goes on training', async ({ baseURL }) => {
  const options = launchOptions();
  const browser = await chromium.launch({ ...options, args: options.args.filter(flag => !INDULGENT.includes(flag)), ignoreDefaultArgs: INDULGENT });
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(baseURL!);
    await ready(page);
    await button(page, 'Train').click();
    await expect.poll(() => stepNow(page)).toBeGreaterThan(0);

    const session = await context.newCDPSession(page);
    const { windowId } = await session.send('Browser.getWindowForTarget');
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
    await session.send('Browser.setWindowBounds', { windowId, bounds: { windowState: 'minimized' } });
    console.log(await page.evaluate(() => document.visibilityState));
    const front = await context.newPage();
    await front.bringToFront();
    console.log(await page.evaluate(() => document.visibilityState));
    console.log(await stepNow(page));
    await expect.poll(() => stepNow(page)).toBeGreaterThan(6);
  } finally {
    await browser.close();
  }
});
