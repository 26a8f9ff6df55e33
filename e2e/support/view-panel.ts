/** The panel of views, on a run of the sample images. */
import { expect, type Locator, type Page } from '@playwright/test';
import { button, fillOptions } from './page.ts';

/** The preset's images, a smaller network: the processor computes here. */
const SMALL = { Batch: 4, Steps: 600, 'Local crops': 1, Depth: 2, Width: 48, Prototypes: 64, 'Learning rate': 0.003 };

export const panel = (page: Page): Locator => page.getByRole('region', { name: 'What it sees' });
export const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name, exact: true });
/** The step whose teacher the view shows. */
export const seenStep = (page: Page): Promise<number> => page.getByTestId('attention-step').getAttribute('data-step').then(Number);

/** Rows of a table as text. */
export const rows = (page: Page, table: string): Promise<string[][]> =>
  page.getByTestId(table).locator('tbody tr').evaluateAll(all => all.map(row => [...row.children].map(c => c.textContent ?? '')));

/** Sample images, and a view of them by the untrained network. */
export async function begin(page: Page): Promise<void> {
  await page.goto('/');
  await button(page, 'Sample images').click();
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained');
  await fillOptions(page, 'Main options', SMALL);
  await expect(page.getByTestId('attention-map')).toBeVisible();
}
