/** A person drops a folder of their own images, sets a small run up, and has it under control to its end. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { attentionTable, button, dropFiles, expectQuiet, fillOptions, pixels, state, stepNow, watch } from './support/page.ts';
import { shape } from './support/png.ts';

/** 24 images in two classes, four of them JPEG files that the browser itself wrote, with a torn one and a text among them. */
async function makeFolder(page: Page, root: string): Promise<void> {
  await mkdir(join(root, 'discs'), { recursive: true });
  await mkdir(join(root, 'squares'), { recursive: true });
  for (let i = 0; i < 10; i++) {
    await writeFile(join(root, 'discs', `disc-${i}.png`), shape('disc', i));
    await writeFile(join(root, 'squares', `square-${i}.png`), shape('square', i));
  }
  for (let i = 0; i < 4; i++) {
    const base64 = await page.evaluate(hue => {
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 48;
      const draw = canvas.getContext('2d')!;
      draw.fillStyle = '#203040';
      draw.fillRect(0, 0, 64, 48);
      draw.fillStyle = `hsl(${hue} 80% 60%)`;
      draw.fillRect(18, 12, 22, 22);
      return canvas.toDataURL('image/jpeg', 0.9).split(',')[1]!;
    }, i * 80);
    await writeFile(join(root, 'squares', `photo-${i}.jpg`), Buffer.from(base64, 'base64'));
  }
  await writeFile(join(root, 'discs', 'torn.png'), shape('disc', 3).subarray(0, 60));
  await writeFile(join(root, 'notes.txt'), 'Taken on a rainy day.');
}

const SMALL = { Steps: 2000, Batch: 4, Prototypes: 32, Depth: 2, Width: 32, 'Local crops': 2, 'Learning rate': 0.01 };

test('a dropped folder trains, step by step and at a run, paused, continued and stopped', async ({ page }, info) => {
  const seen = watch(page);
  await page.goto('/');
  await expect(button(page, 'Choose folder')).toBeVisible();
  await expect(button(page, 'Train')).toBeDisabled();
  await expect(page.locator('#train-reason')).toHaveText('Add images first.');

  // Images
  const folder = info.outputPath('shapes');
  await makeFolder(page, folder);
  await dropFiles(page, [folder], async () => { await expect(page.getByText('Drop to use these images')).toBeVisible(); });
  await expect(page.getByText('Drop to use these images')).toBeHidden();
  await expect(page.getByTestId('image-count')).toHaveText('24');
  const images = page.getByRole('region', { name: 'Images', exact: true });
  await expect(images.getByText('shapes', { exact: true })).toBeVisible();
  await images.getByText('Classes', { exact: true }).last().click();
  await expect(images.getByRole('list', { name: /^Classes/ }).getByRole('listitem')).toHaveText([/^discs\s*10$/, /^squares\s*14$/]);
  await images.getByText(/files? skipped$/).click();
  const torn = images.getByRole('row').filter({ hasText: 'discs/torn.png' });
  await expect(torn.getByRole('cell').nth(1)).toHaveText(/\w{3,}.*\w{3,}/);
  await expect(images.getByRole('radio')).toHaveCount(24);
  expect((await pixels(images.getByRole('radio').first().locator('canvas'))).colours).toBeGreaterThan(10);

  // Setup: 32 channels can't be shared by the preset's three heads, and the page says so beside the field.
  await fillOptions(page, 'Main options', SMALL);
  await expect(button(page, 'Train')).toBeDisabled();
  await expect(page.locator('#train-reason')).toContainText('32 can\'t be shared by 3 heads');
  await fillOptions(page, 'Backbone', { Heads: 2 });
  await expect(button(page, 'Train')).toBeEnabled();
  await page.getByText('All options').click();
  await page.getByText('All options').click();
  await fillOptions(page, 'Projection head', { 'Head width': 32, Bottleneck: 16 });
  await fillOptions(page, 'Optimiser', { 'Teacher momentum': [0.5, 1], 'Learning-rate warm-up': 0 });
  await expect(page.getByText('Reset to preset')).toBeVisible();

  // One step at a time
  await button(page, 'Step').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  await expect(page.getByTestId('step')).toHaveText('1');
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '1');
  await page.getByText('Numbers for each head').click();
  const first = await attentionTable(page);
  expect(first.map(row => row.map)).toEqual(['Mean of heads', 'Head 1', 'Head 2']);
  await page.getByRole('heading', { name: 'Run', exact: true }).click();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('step')).toHaveText('2');
  const losses = page.getByTestId('chart-losses');
  await expect(losses).toHaveAttribute('data-rows', '2');
  await expect(losses).toHaveAccessibleName('Losses');
  await expect(losses).toHaveAttribute('aria-valuetext', /^step 2: Total \d+\.\d+, Class token \d+\.\d+, Patch \d+\.\d+$/);

  // What it sees after as many steps as in every run of this journey: not even, and not what it was
  for (let step = 3; step <= 8; step++) {
    await button(page, 'Step').click();
    await expect(page.getByTestId('step')).toHaveText(String(step));
  }
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '8');
  const later = await attentionTable(page);
  for (const head of later) {
    expect(head.peak).toBeGreaterThan(1.05 / 64);
    expect(head.peak).toBeLessThan(1);
    expect(head.spread).toBeLessThan(64);
    expect(head.own).toBeGreaterThan(0);
  }
  expect(later).not.toEqual(first);

  // At a run. What is out of sight isn't drawn.
  await losses.scrollIntoViewIfNeeded();
  const drawnBefore = await pixels(losses.locator('canvas'));
  await button(page, 'Continue').click();
  await expect(state(page)).toHaveAttribute('data-state', 'training');
  await expect.poll(() => stepNow(page)).toBeGreaterThan(18);
  await expect.poll(() => losses.getAttribute('data-rows').then(Number)).toBeGreaterThan(18);
  await expect(page.getByTestId('images-per-second')).toHaveText(/\d/);
  await page.keyboard.press('Space');
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  const pausedAt = await stepNow(page);
  expect((await pixels(losses.locator('canvas'))).sum).not.toBe(drawnBefore.sum);
  await button(page, 'Step').click();
  await expect(page.getByTestId('step')).toHaveText(String(pausedAt + 1));

  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', String(pausedAt + 1));
  const map = page.getByTestId('attention-map');
  expect((await pixels(map)).colours).toBeGreaterThan(50);
  const before = (await pixels(map)).sum;
  await images.getByRole('radio').nth(15).click();
  await expect.poll(async () => (await pixels(map)).sum).not.toBe(before);

  // To its end by hand, and another to its own
  await button(page, 'Continue').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(pausedAt + 1);
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await fillOptions(page, 'Main options', { Steps: 6 });
  await button(page, 'Train again').click();
  await expect(state(page)).toHaveAttribute('data-state', 'finished');
  await expect(page.getByTestId('step')).toHaveText('6');
  await expect(losses).toHaveAttribute('data-rows', '6');
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '6');
  const curves = page.getByRole('region', { name: 'Curves' });
  await curves.getByText('Values', { exact: true }).first().click();
  const steps = curves.locator('table').first().locator('tbody tr td:first-child');
  await expect(steps).toHaveText(['6', '5', '4', '3', '2', '1']);

  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
