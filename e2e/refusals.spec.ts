/** What goes wrong by a person's hand is told where it happens, in words that help, and costs nothing that was there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { button, dropFiles, expectQuiet, fillOptions, state, watch } from './support/page.ts';
import { shape } from './support/png.ts';

const NOTHING = () => Promise.resolve();

test('folders without images, a lone image, fields without numbers, and a stop while the network is prepared', async ({ page }, info) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Sample images')).toBeVisible();
  const alert = page.getByRole('alert');
  const dismiss = page.getByRole('button', { name: 'Dismiss this message' });
  const [texts, empty, lone] = ['texts', 'empty', 'lone'].map(name => info.outputPath(name)) as [string, string, string];
  for (const folder of [texts, empty, lone]) await mkdir(folder, { recursive: true });
  await writeFile(join(texts, 'notes.txt'), 'no image');
  await writeFile(join(lone, 'one.png'), shape('disc', 1));

  await dropFiles(page, [lone], NOTHING);
  await expect(page.getByTestId('image-count')).toHaveText('1');
  await expect(page.getByText('Your one image is seen')).toContainText('holds some of them more than once');

  // What can't be used leaves what is there alone.
  await dropFiles(page, [texts], NOTHING);
  await expect(alert).toContainText('"texts" holds no image that can be used');
  await dismiss.click();
  await dropFiles(page, [empty], NOTHING);
  await expect(alert).toContainText('There are no files in "empty"');
  await dismiss.click();
  await expect(alert).toHaveText('');
  await expect(page.getByTestId('image-count')).toHaveText('1');

  await fillOptions(page, 'Main options', { Batch: NaN });
  await expect(page.locator('#train-reason')).toHaveText('Batch: write a number from 1 to 4096.');
  await expect(button(page, 'Train')).toBeDisabled();
  await fillOptions(page, 'Main options', { Batch: 2, Depth: 1, Prototypes: 16, 'Local crops': 0 });

  // Stopped in the moment in which the page says that it prepares: no step is taken.
  const stop = await button(page, 'Stop').elementHandle();
  await state(page).evaluate((element, stopButton) => {
    new MutationObserver((_, observer) => {
      if (element.dataset['state'] !== 'preparing') return;
      observer.disconnect();
      requestAnimationFrame(() => { (stopButton as HTMLElement).click(); });
    }).observe(element, { attributes: true });
  }, stop);
  await button(page, 'Train').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await expect(page.getByTestId('step')).toHaveText('0');

  // By keyboard: the focus stays on the button whose word changes.
  const main = page.getByRole('group', { name: 'Control of the run' }).getByRole('button').first();
  await main.focus();
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveAttribute('data-state', 'training');
  await expect(main).toHaveText('Pause');
  await expect(main).toBeFocused();
  await expect(main).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  await expect(main).toHaveText('Continue');
  await expect(main).toBeFocused();
  await expect(alert).toHaveText('');
  expectQuiet(seen);
});
