/** The promise that nothing leaves the machine: counted over the whole way, and tried on purpose from page and workers. */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { launchOptions } from '#testing/chromium.ts';
import { attempt, FROM_PAGE, FROM_SERVICE, FROM_WORKERS, SILENT, type Place } from './support/attempts.ts';
import { openElsewhere, type Elsewhere } from './support/elsewhere.ts';
import { netLogFlags, readNetLog } from './support/net-log.ts';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';
import { StaticHost } from './support/static-host.ts';
import { watchTargets, type Targets } from './support/targets.ts';

/** A browser that writes its network log, used once. */
async function inLoggedBrowser(log: string, act: (context: BrowserContext) => Promise<void>): Promise<void> {
  const options = launchOptions();
  const browser = await chromium.launch({ ...options, args: [...options.args, ...netLogFlags(log)] });
  try {
    await act(await browser.newContext({ acceptDownloads: true }));
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
  const ask = (where: string) => fetch(new URL(`/?asked-by-${where}`, location.origin)).then(response => response.status);
  await page.evaluate(ask, 'page');
  await page.workers()[0]!.evaluate(ask, 'worker');
  await context.serviceWorkers()[0]!.evaluate(ask, 'service_worker');
  for (const where of ['page', 'worker', 'service_worker']) {
    await expect.poll(() => targets.asked.some(a => a.where === where && a.url.endsWith(`?asked-by-${where}`)), where).toBe(true);
  }
}

/** Tries every way from all that run at this address; what the browser told of each. */
async function tryAll(context: BrowserContext, page: Page, place: Place): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const way of FROM_PAGE) outcomes[`page ${way}`] = await page.evaluate(attempt, { way, place });
  for (const way of FROM_WORKERS) outcomes[`worker ${way}`] = await page.workers()[0]!.evaluate(attempt, { way, place });
  const [service] = context.serviceWorkers();
  if (service) for (const way of FROM_SERVICE) outcomes[`service_worker ${way}`] = await service.evaluate(attempt, { way, place });
  return outcomes;
}

const BLANK = '<!doctype html><meta charset="utf-8"><title>Blank</title>';
const WITHOUT_POLICY = (path: string, text: string) => (path === 'service-worker.js' ? null : text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''));

test.describe('what is tried on purpose', () => {
  let opened: Elsewhere;
  let place: Place;
  test.beforeEach(async () => {
    opened = await openElsewhere();
    place = { http: opened.http, ws: opened.ws, udpPort: opened.udpPort };
  });
  test.afterEach(async () => { await opened.close(); });

  test('arrives nowhere, neither from the page nor from its workers', async ({ baseURL }, info) => {
    const log = info.outputPath('net-log.json');
    await inLoggedBrowser(log, async context => {
      const page = await context.newPage();
      const targets = await watchTargets(page);
      const response = await page.goto(baseURL!);
      expect(response!.headers()['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
      await ready(page);
      await expectWatched(context, page, targets);
      const outcomes = await tryAll(context, page, place);
      expect(Object.keys(outcomes)).toHaveLength(FROM_PAGE.length + FROM_WORKERS.length + FROM_SERVICE.length);
      for (const [name, outcome] of Object.entries(outcomes)) {
        const [where, way] = name.split(' ') as [string, string];
        // The browser tells the page nothing of these; and a script's address is refused before it is a request.
        if (!SILENT.includes(way)) expect(outcome, name).toBe('refused');
        if (way === 'script') continue;
        const said = way === 'frame' ? `Framing '${place.http}/'` : `'${way === 'websocket' ? place.ws : place.http}/${way}' violates`;
        await expect.poll(() => targets.refused.some(r => r.where === where && r.text.includes(said)), name).toBe(true);
      }
    });
    const net = await readNetLog(log, 'http://localhost');
    expect(opened.requests).toEqual([]);
    expect(net.requests.filter(url => url.startsWith(place.http) || url.startsWith(place.ws))).toEqual([]);
    // For a frame or a form Chromium opens a connection before it looks at the policy, and sends nothing.
    expect([...new Set(net.streams.filter(url => url.startsWith(place.http)).map(url => url.slice(place.http.length)))]).toEqual(['/frame', '/form']);
    expect(opened.datagrams).toBe(0);
  });

  test('where no policy governs, the page itself stays and has no peer connections; a window that opens is seen', async ({ baseURL }, info) => {
    const log = info.outputPath('net-log.json');
    await inLoggedBrowser(log, async context => {
      const page = await context.newPage();
      await page.goto(baseURL!);
      await ready(page);
      expect(await page.evaluate(attempt, { way: 'rtc', place })).toBe('missing');
      const refusal = page.evaluate(() => new Promise(resolve => { (window as unknown as { navigation: EventTarget }).navigation.addEventListener('navigateerror', resolve, { once: true }); }).then(() => 'refused'));
      await page.evaluate(attempt, { way: 'navigate', place });
      expect(await refusal).toBe('refused');
      expect(page.url()).toBe(`${baseURL!}/`);
      expect(opened.requests).toEqual([]);
      // As a click would. Nothing forbids it.
      await page.evaluate(attempt, { way: 'popup', place });
      // The new window may ask its own server for an icon.
      await expect.poll(() => opened.requests.filter(r => r !== 'favicon.ico')).toEqual(['popup']);
    });
    const net = await readNetLog(log, 'http://localhost');
    expect(net.requests.filter(url => url.startsWith(place.http) && !url.endsWith('/favicon.ico'))).toEqual([`${place.http}/popup`]);
    expect(opened.datagrams).toBe(0);
  });

  test('arrives without policy and lock, and all that counts above sees it', async ({ baseURL }, info) => {
    const host = new StaticHost({ change: WITHOUT_POLICY, pages: { 'blank.html': BLANK } });
    await host.start();
    const log = info.outputPath('net-log.json');
    try {
      await inLoggedBrowser(log, async context => {
        const page = await context.newPage();
        const seen = watch(page);
        const targets = await watchTargets(page);
        expect(host.url).not.toContain(baseURL!);
        await page.goto(host.url);
        await expect(button(page, 'Sample images')).toBeVisible();
        const outcomes = await tryAll(context, page, place);
        for (const name of Object.keys(outcomes)) {
          const [where, way] = name.split(' ') as [string, string];
          await expect.poll(() => targets.elsewhere(new URL(host.url).origin).some(a => a.where === where && a.url.endsWith(`/${way}`)), name).toBe(true);
        }
        const wanted = Object.keys(outcomes).map(name => name.split(' ')[1]!);
        await expect.poll(() => [...new Set(opened.requests)].sort()).toEqual([...new Set(wanted)].sort());
        // Each of page and worker came through, not one for both.
        for (const way of FROM_WORKERS) expect(opened.requests.filter(r => r === way).length, way).toBeGreaterThan(1);
        expect(new Set(seen.elsewhere.map(url => new URL(url).pathname)).size).toBeGreaterThan(FROM_PAGE.length - 3);

        await page.goto(`${host.url}blank.html`);
        await page.evaluate(attempt, { way: 'rtc', place });
        await expect.poll(() => opened.datagrams).toBeGreaterThan(0);
        await page.evaluate(attempt, { way: 'navigate', place });
        await expect.poll(() => opened.requests.includes('navigate')).toBe(true);
      });
      const net = await readNetLog(log, 'http://localhost');
      for (const way of [...FROM_PAGE, 'navigate']) expect(net.requests.some(url => url.endsWith(`/${way}`)), way).toBe(true);
      expect(net.names).toContain(place.http);
      for (const way of FROM_PAGE) expect(net.streams.some(url => url.endsWith(`/${way}`)), way).toBe(true);
      expect(opened.datagrams).toBeGreaterThan(0);
      expect(net.datagrams).toContain(`127.0.0.1:${place.udpPort}`);
    } finally {
      await host.stop();
    }
  });
});
