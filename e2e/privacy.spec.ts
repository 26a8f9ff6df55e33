/** The promise that nothing leaves the machine: counted over the whole way, and tried on purpose from page and workers. */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { launchOptions } from '#testing/chromium.ts';
import { attempt, FROM_PAGE, FROM_WORKERS, UNGOVERNED, type Place } from './support/attempts.ts';
import { openElsewhere, type Elsewhere } from './support/elsewhere.ts';
import { netLogFlags, readNetLog } from './support/net-log.ts';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';
import { StaticHost } from './support/static-host.ts';
import { watchTargets, type Targets } from './support/targets.ts';

/** A browser that writes its network log, used once. */
async function inLoggedBrowser(log: string, use: (context: BrowserContext) => Promise<void>): Promise<void> {
  const options = launchOptions();
  const browser = await chromium.launch({ ...options, args: [...options.args, ...netLogFlags(log)] });
  try {
    await use(await browser.newContext({ acceptDownloads: true }));
  } finally {
    await browser.close();
  }
}

const ready = async (page: Page) => {
  await expect(button(page, 'Sample images')).toBeVisible();
  await expect(page.getByTestId('offline-hint')).toBeVisible();
};

test('from the first request to the last nothing is asked of any other origin', async ({ baseURL }, info) => {
  const log = info.outputPath('net-log.json');
  await inLoggedBrowser(log, async context => {
    const page = await context.newPage();
    const opened: string[] = [];
    context.on('page', other => opened.push(other.url()));
    const seen = watch(page);
    const targets = await watchTargets(page);
    await page.goto(baseURL!);
    await ready(page);
    await expectWatched(context, page, targets);

    await button(page, 'Sample images').click();
    await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
    await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '0');
    await fillOptions(page, 'Main options', { Batch: 4, Steps: 400, 'Local crops': 1 });
    await button(page, 'Train').click();
    await expect.poll(() => stepNow(page)).toBeGreaterThan(2);
    await expect.poll(async () => Number(await page.getByTestId('attention-step').getAttribute('data-step'))).toBeGreaterThan(0);
    await button(page, 'Pause').click();
    await expect(state(page)).toHaveAttribute('data-state', 'paused');
    await Promise.all([page.waitForEvent('download'), button(page, 'Download model').click()]);
    await Promise.all([page.waitForEvent('download'), button(page, 'Download CSV').click()]);
    await button(page, 'Continue').click();
    await expect(state(page)).toHaveAttribute('data-state', 'training');
    await button(page, 'Stop').click();
    await expect(state(page)).toHaveAttribute('data-state', 'stopped');

    const { origin } = new URL(baseURL!);
    expect([...targets.kinds].sort()).toEqual(['page', 'service_worker', 'worker']);
    expect(targets.elsewhere(origin)).toEqual([]);
    expect(targets.refused).toEqual([]);
    expect(opened).toEqual([]);
    expectQuiet(seen);
  });
  const net = await readNetLog(log, 'http://localhost');
  const { origin } = new URL(baseURL!);
  expect(net.requests.length).toBeGreaterThan(5);
  expect(net.requests.filter(url => new URL(url).origin !== origin && !url.startsWith('blob:'))).toEqual([]);
  expect(net.names.filter(name => !name.includes('localhost'))).toEqual([]);
  expect(net.streams.filter(url => new URL(url).origin !== origin)).toEqual([]);
  expect(net.datagrams).toEqual([]);
});

/** A request of each to its own origin is seen. */
async function expectWatched(context: BrowserContext, page: Page, targets: Targets): Promise<void> {
  const ask = (where: string) => fetch(new URL(`/?asked-by-${where}`, location.origin)).then(() => {});
  await page.evaluate(ask, 'page');
  await page.workers()[0]!.evaluate(ask, 'worker');
  await context.serviceWorkers()[0]!.evaluate(ask, 'service_worker');
  for (const where of ['page', 'worker', 'service_worker']) {
    await expect.poll(() => targets.asked.some(a => a.where === where && a.url.endsWith(`?asked-by-${where}`)), where).toBe(true);
  }
}

/** Tries every way; what the browser told of each, by place and way. */
async function tryAll(page: Page, place: Place, ways: readonly string[]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const way of ways) outcomes[`page ${way}`] = await page.evaluate(attempt, { way, place });
  return outcomes;
}

async function tryWorkers(context: BrowserContext, page: Page, place: Place): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const [worker] = page.workers();
  const [service] = context.serviceWorkers();
  for (const way of FROM_WORKERS) {
    outcomes[`worker ${way}`] = await worker!.evaluate(attempt, { way, place });
    if (service) outcomes[`service ${way}`] = await service.evaluate(attempt, { way, place });
  }
  outcomes['worker import'] = await worker!.evaluate(attempt, { way: 'import', place });
  return outcomes;
}

const address = ({ http, ws, udpPort }: Elsewhere): Place => ({ http, ws, udpPort });

test.describe('what is tried on purpose', () => {
  let place: Elsewhere;
  test.beforeEach(async () => { place = await openElsewhere(); });
  test.afterEach(async () => { await place.close(); });

  test('arrives nowhere', async ({ baseURL }, info) => {
    const log = info.outputPath('net-log.json');
    await inLoggedBrowser(log, async context => {
      const page = await context.newPage();
      const targets = await watchTargets(page);
      const response = await page.goto(baseURL!);
      expect(response!.headers()['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
      await ready(page);
      const outcomes = { ...await tryAll(page, address(place), FROM_PAGE), ...await tryWorkers(context, page, address(place)) };
      console.log(outcomes, targets.refused, targets.elsewhere(new URL(baseURL!).origin));
      console.log(await tryAll(page, address(place), UNGOVERNED), page.url(), context.pages().map(p => p.url()));
    });
    console.log(await readNetLog(log, 'http://localhost'), place);
  });

  test('arrives where there is no policy, and is counted', async ({ page, context }, info) => {
    const host = new StaticHost({ change: (path, text) => (path === 'service-worker.js' ? null : text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')) });
    await host.start();
    const log = info.outputPath('net-log.json');
    try {
      await inLoggedBrowser(log, async context => {
        const page = await context.newPage();
        const targets = await watchTargets(page);
        await page.goto(host.url);
        await expect(button(page, 'Sample images')).toBeVisible();
        const outcomes = { ...await tryAll(page, address(place), FROM_PAGE), ...await tryWorkers(context, page, address(place)) };
        console.log(outcomes, targets.elsewhere(new URL(host.url).origin));
        console.log(await tryAll(page, address(place), UNGOVERNED), page.url(), context.pages().map(p => p.url()));
      });
      console.log(await readNetLog(log, 'http://localhost'), place);
    } finally {
      await host.stop();
    }
  });
});
