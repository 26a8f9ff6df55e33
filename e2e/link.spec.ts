/** Settings travel as a link; what a link of somebody else's asks for is held against what is allowed. */
import { expect, test } from '@playwright/test';
import { button, expectQuiet, fillOptions, watch } from './support/page.ts';

test('a copied link brings the settings along, and nothing else', async ({ page, context }) => {
  const seen = watch(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('image-count')).toHaveText(/^\d{3}$/);
  await page.getByLabel('Preset').selectOption('balanced');
  await fillOptions(page, 'Main options', { Steps: 321, 'Learning rate': 0.00005 });
  await button(page, 'Copy link').click();
  await expect(page.getByText('Copied', { exact: true })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${new URL(page.url()).origin}/#preset=balanced&steps=321&lr=0.00005`);

  const other = await context.newPage();
  const asked = watch(other);
  await other.goto(link);
  await expect(other.getByLabel('Preset')).toHaveValue('balanced');
  const options = other.getByRole('group', { name: 'Main options' });
  await expect(options.getByRole('textbox', { name: 'Steps' })).toHaveValue('321');
  await expect(options.getByRole('textbox', { name: 'Learning rate' })).toHaveValue('5e-5');
  await expect(other.getByText('These settings came with the link. Not as in the preset: Steps, Learning rate.')).toBeVisible();
  await expect(other.getByRole('alert')).toHaveText('');
  await expect(other).toHaveURL(`${new URL(link).origin}/`);
  // A change makes them the person's own, and one option goes back alone.
  await other.getByRole('button', { name: 'Reset Steps to 20000' }).click();
  await expect(options.getByRole('textbox', { name: 'Steps' })).toHaveValue('20000');
  await expect(options.getByRole('textbox', { name: 'Learning rate' })).toHaveValue('5e-5');
  await expect(other.getByText('These settings came with the link')).toBeHidden();
  expectQuiet(seen);
  expectQuiet(asked);
});

test('what a link can\'t ask for is refused by name, also of a page that is open', async ({ page }) => {
  const seen = watch(page);
  await page.goto('/#preset=tiny&steps=9e99&colour=%3Cb%3Ered%3C%2Fb%3E&batchSize=8');
  await expect(page.getByRole('alert')).toContainText('steps: is 9e+99, must be from 1 to 10000000; there is no option "colour"');
  const options = page.getByRole('group', { name: 'Main options' });
  await expect(options.getByRole('textbox', { name: /^Batch/ })).toHaveValue('8');
  const before = await options.getByRole('textbox', { name: 'Steps' }).inputValue();
  expect(Number(before)).toBeGreaterThan(0);
  await button(page, 'Dismiss this message').click();

  await page.evaluate(() => { location.hash = '#width=3&embedDim=100&numHeads=3'; });
  await expect(page.getByRole('alert')).toContainText('there is no option "width"');
  // Options that contradict each other are the form's to tell.
  await expect(page.getByText('Width 100 can\'t be shared by 3 heads').first()).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  expectQuiet(seen);
});
