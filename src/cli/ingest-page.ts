/** What a person waits for when a folder is dropped on the built page, and what the page holds meanwhile. */
import { chromium, type Locator, type Page } from 'playwright';
import { build, preview } from 'vite';
import { chromiumFlags } from '#testing/chromium.ts';
import { watchHeap } from './heap.ts';
import { requireChromium } from './install-chromium.ts';
import { UserError } from './user-error.ts';

export interface PageFigures {
  images: number;
  /** From the drop on. */
  firstThumbnailsSeconds: number;
  seconds: number;
  /** The longest stretch in which the page's thread answered nothing, and how many were over 50 ms. */
  longestTaskMs: number; longTasks: number;
  peakHeapBytes: number;
}

declare global {
  interface Window { glimpseTasks: number[] }
}

/** Rows of pictures shown at once as they come. */
const FIRST = 8;

/** Builds the page, drops `folder` on it and measures until all its images have been read. */
export async function measurePage(folder: string, root: string): Promise<PageFigures> {
  const executablePath = requireChromium();
  await build({ root, logLevel: 'warn' });
  const server = await preview({ root, logLevel: 'warn', preview: { host: 'localhost', port: 0 } });
  const browser = await chromium.launch({ executablePath, args: chromiumFlags('swiftshader'), headless: true });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page.getByRole('button', { name: 'Choose folder' }).waitFor();
    const heap = await watchHeap(page);
    // What the page did to start isn't counted: tasks from here on.
    await page.evaluate(() => {
      window.glimpseTasks = [];
      new PerformanceObserver(list => { for (const { duration } of list.getEntries()) window.glimpseTasks.push(duration); }).observe({ type: 'longtask' });
    });
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    await drop(page, folder);
    const count = page.getByTestId('image-count');
    // A folder of few images is read before its first ones could be seen.
    await orAlert(page, page.locator('[data-testid=previews] li').nth(FIRST - 1).or(count));
    const firstThumbnailsSeconds = seconds();
    await orAlert(page, count);
    const all = seconds();
    await page.getByRole('radio').first().waitFor();
    const tasks = await page.evaluate(() => window.glimpseTasks);
    return {
      images: Number((await count.innerText()).replaceAll(',', '')), firstThumbnailsSeconds, seconds: all,
      longestTaskMs: Math.max(0, ...tasks), longTasks: tasks.length, peakHeapBytes: await heap.stop(),
    };
  } finally {
    await browser.close();
    server.httpServer.close();
    if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections();
  }
}

/** Throws what the page alerts of, should it alert first. */
async function orAlert(page: Page, awaited: Locator): Promise<void> {
  const alert = page.getByRole('alert').locator('p').first();
  await awaited.or(alert).first().waitFor();
  if (await alert.isVisible()) throw new UserError(await alert.innerText());
}

async function drop(page: Page, folder: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
  await session.detach();
}
