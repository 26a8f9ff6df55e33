/** A run that goes on and on: nothing piles up on the GPU or in the heaps, and no number stops being one. */
import { expect, test, type CDPSession, type Page } from '@playwright/test';
import { button, expectQuiet, fillOptions, state, stepNow, watch } from './support/page.ts';

/** An hour by hand: GLIMPSE_SOAK=3600. */
const SECONDS = Number(process.env['GLIMPSE_SOAK'] ?? 40);
const MiB = 2 ** 20;

interface Heaps { read(): Promise<{ page: number; worker: number }> }

/** Bytes in use of page and training worker after a collection. */
async function watchHeaps(page: Page): Promise<Heaps> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const answers = new Map<number, (result: { usedSize?: number }) => void>();
  let id = 0;
  let worker = '';
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => { if (targetInfo.type === 'worker') worker ||= sessionId; });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id: of, result } = JSON.parse(message) as { id: number; result: { usedSize?: number } };
    answers.get(of)?.(result);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const ask = (method: string) => new Promise<{ usedSize?: number }>((resolve, reject) => {
    answers.set(++id, resolve);
    session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) }).catch(reject);
  });
  return {
    read: async () => {
      await session.send('HeapProfiler.collectGarbage');
      await ask('HeapProfiler.collectGarbage');
      return { page: (await session.send('Runtime.getHeapUsage')).usedSize, worker: (await ask('Runtime.getHeapUsage')).usedSize! };
    },
  };
}

test(`a run of ${SECONDS} s, looked at and written meanwhile: buffers and heaps stay as they are`, async ({ page }) => {
  test.setTimeout((SECONDS + 150) * 1000);
  const seen = watch(page);
  await page.goto('/');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await fillOptions(page, 'Main options', { Batch: 2, Steps: 1_000_000, 'Local crops': 1, Width: 24, Depth: 1, Prototypes: 32 });
  await page.getByText('All options').click();
  await fillOptions(page, 'Projection head', { 'Head width': 16, Bottleneck: 8 });
  await fillOptions(page, 'Run', { 'Checkpoint every': 0.1 });
  // In the worker: how many buffers there are more than at first.
  const [worker] = page.workers();
  await worker!.evaluate(() => {
    const count = { living: 0 };
    (self as unknown as { living: typeof count }).living = count;
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    const gone = new WeakSet<GPUBuffer>();
    GPUDevice.prototype.createBuffer = function (descriptor) {
      count.living++;
      return createBuffer.call(this, descriptor);
    };
    GPUBuffer.prototype.destroy = function () {
      if (!gone.has(this)) count.living--;
      gone.add(this);
      return destroy.call(this);
    };
  });
  const buffers = () => worker!.evaluate(() => (self as unknown as { living: { living: number } }).living.living);
  const heaps = await watchHeaps(page);
  await button(page, 'Train').click();
  await expect(state(page)).toHaveAttribute('data-state', 'training');

  const start = performance.now();
  const samples: { seconds: number; step: number; buffers: number; page: number; worker: number }[] = [];
  while (performance.now() - start < 1000 * SECONDS) {
    const step = await stepNow(page);
    await expect.poll(() => stepNow(page)).toBeGreaterThan(step + 20);
    // What a person does meanwhile.
    await page.getByRole('radio').nth(samples.length % 24).click();
    samples.push({ seconds: (performance.now() - start) / 1000, step: await stepNow(page), buffers: await buffers(), ...await heaps.read() });
  }
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');

  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, last] = [half[0]!, half.at(-1)!];
  const line = (s: typeof first) => `step ${s.step}: ${s.buffers} buffers, heap ${(s.page / MiB).toFixed(1)} MiB page, ${(s.worker / MiB).toFixed(1)} MiB worker`;
  process.stdout.write(`soak of ${last.seconds.toFixed(0)} s\n  ${[samples[0]!, first, last].map(line).join('\n  ')}\n`);
  expect(samples.length).toBeGreaterThan(3);
  expect(last.buffers).toBeLessThanOrEqual(first.buffers + 2); // a read-back under way
  // A report of a step is kept, and is some 200 bytes on either side; the rest must not grow.
  const grown = 400 * (last.step - first.step) + 4 * MiB;
  expect(last.page - first.page).toBeLessThan(grown);
  expect(last.worker - first.worker).toBeLessThan(grown);
  await expect(page.getByTestId('loss')).toHaveText(/^\d+\.\d+$/);
  expectQuiet(seen);
});
