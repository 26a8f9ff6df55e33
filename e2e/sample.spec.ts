/** Someone with no images at hand: one click for pictures, one to train. */
import { expect, test } from '@playwright/test';
import { button, expectQuiet, fillOptions, pixels, state, stepNow, watch } from './support/page.ts';

test('sample images train at once, and the files of metrics can be had', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/');
  const guide = page.getByRole('list', { name: 'First run' });
  await expect(guide.locator('[aria-current=step]')).toContainText('Add images');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await expect(guide.locator('[aria-current=step]')).toContainText('Press Train');
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  await expect(page.getByText('This network has learned nothing yet')).toBeVisible();
  expect((await pixels(page.getByRole('radio').first().locator('canvas'))).colours).toBeGreaterThan(3);

  // The preset's network, on smaller batches: the processor computes here.
  await fillOptions(page, 'Main options', { Batch: 4, Steps: 400, 'Local crops': 1 });
  await button(page, 'Train').click();
  await expect(state(page)).toHaveAttribute('data-state', 'training');
  await expect(guide.locator('[aria-current=step]')).toContainText('Watch it look');
  await button(page, 'Got it').click();
  await expect(guide).toBeHidden();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(2);
  await expect.poll(async () => Number(await page.getByTestId('attention-step').getAttribute('data-step'))).toBeGreaterThan(0);
  await expect(page.getByTestId('loss')).toHaveText(/^\d+\.\d+$/);
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');

  // Charts take the colours of the theme in force.
  const totalCurve = () => page.getByTestId('chart-losses').locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const count = { light: 0, dark: 0 };
    for (let i = 0; i < data.length; i += 4) {
      const colour = `${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`;
      if (colour === '22,32,31,255') count.light++;
      if (colour === '231,236,236,255') count.dark++;
    }
    return count.light > count.dark ? 'light' : count.dark > count.light ? 'dark' : 'none';
  });
  for (const theme of ['dark', 'light', 'dark'] as const) {
    await page.getByLabel('Theme').selectOption(theme);
    await expect.poll(totalCurve).toBe(theme);
  }
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.getByLabel('Theme').selectOption('light');
  await expect.poll(totalCurve).toBe('light');

  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Download CSV').click()]);
  expect(file.suggestedFilename()).toBe('glimpse-metrics.csv');
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const [head, ...rows] = Buffer.concat(chunks).toString('utf8').trim().split('\r\n');
  expect(head).toMatch(/^step,loss,dino,ibot,/);
  expect(rows).toHaveLength(await stepNow(page));
  for (const row of rows) expect(row.split(',').map(Number).every(Number.isFinite), row).toBe(true);

  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
