import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import { chromiumFlags, guessAdapter } from '#testing/chromium.ts';
import { parseScreenshot } from './args.ts';
import { requireChromium } from './install-chromium.ts';

const SIZE = { width: 1440, height: 1080 };
/** Smaller than the preset's, so that a processor gets there too. They show in the picture. */
const SETTINGS = { Batch: 8, 'Local crops': 2 };

/** Trains on the sample images in the built page and writes docs/screenshot.png and docs/screenshot-dark.png. */
export async function main(argv: string[], root: string): Promise<number> {
  const { steps, adapter } = parseScreenshot(argv);
  const executablePath = requireChromium();
  await build({ root, logLevel: 'warn' });
  const server = await preview({ root, logLevel: 'warn', preview: { host: 'localhost', port: 0 } });
  const browser = await chromium.launch({ executablePath, args: chromiumFlags(adapter ?? guessAdapter()), headless: true });
  try {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
    // A processor takes its time for a step.
    page.setDefaultTimeout(300_000);
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await trainTo(page, steps);
    await mkdir(join(root, 'docs'), { recursive: true });
    for (const [theme, name] of [['light', 'screenshot.png'], ['dark', 'screenshot-dark.png']] as const) {
      await page.getByLabel('Theme').selectOption(theme);
      // Charts are drawn anew, each in its turn and a frame of its own.
      await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      await page.evaluate(() => new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      await page.mouse.move(0, 0);
      const path = join(root, 'docs', name);
      await page.screenshot({ path });
      console.log(path);
    }
  } finally {
    await browser.close();
    server.httpServer.close();
    if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections();
  }
  return 0;
}

async function trainTo(page: Page, steps: number): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await button('Sample images').click();
  await page.getByTestId('attention-step').waitFor();
  const options = page.getByRole('group', { name: 'Main options', exact: true });
  for (const [label, value] of Object.entries(SETTINGS)) await options.getByRole('textbox', { name: new RegExp(`^${label}( |$)`) }).fill(String(value));
  await button('Train').click();
  const shown = page.getByTestId('step');
  for (let last = -1; ;) {
    const step = Number((await shown.innerText()).replaceAll(',', ''));
    if (step >= steps) break;
    if (step !== last) console.error(`Step ${last = step} of ${steps}`);
    await page.waitForFunction(before => document.querySelector('[data-testid=step]')?.textContent !== before, step.toLocaleString('en'));
  }
  await button('Pause').click();
  await button('Continue').waitFor();
  const paused = await shown.innerText();
  await page.locator(`[data-testid=attention-step][data-step="${paused.replaceAll(',', '')}"]`).waitFor();
  await page.evaluate(() => { scrollTo(0, 0); });
}
