/** What the journeys share: watching the network, dropping folders, filling the form, reading the page. */
import { expect, type Locator, type Page } from '@playwright/test';

export interface Watch { total: number; elsewhere: string[]; errors: string[] }

/** From before the first request: every request, those that leave the origin, and what the console calls an error. */
export function watch(page: Page): Watch {
  const seen: Watch = { total: 0, elsewhere: [], errors: [] };
  page.context().on('request', request => {
    seen.total++;
    const url = new URL(request.url());
    const here = url.hostname === 'localhost' && (page.url() === 'about:blank' || url.origin === new URL(page.url()).origin);
    if (!here && url.protocol !== 'blob:') seen.elsewhere.push(request.url());
  });
  page.on('console', message => { if (message.type() === 'error') seen.errors.push(message.text()); });
  page.on('pageerror', error => { seen.errors.push(error.message); });
  return seen;
}

export function expectQuiet(seen: Watch): void {
  expect(seen.total).toBeGreaterThan(0);
  expect(seen.elsewhere).toEqual([]);
  expect(seen.errors).toEqual([]);
}

/** Drags a real file or folder over the window and lets go, as the browser itself would. */
export async function dropFiles(page: Page, paths: string[], whileOver: () => Promise<void>, at = { x: 200, y: 300 }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at, data });
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at, data });
  await whileOver();
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at, data });
  await session.detach();
}

/** Fills fields of one group of the form by their labels. A tuple is filled part by part. */
export async function fillOptions(page: Page, group: string, values: Record<string, number | number[]>): Promise<void> {
  const fields = page.getByRole('group', { name: group, exact: true });
  for (const [label, value] of Object.entries(values)) {
    if (Array.isArray(value)) {
      for (const [i, part] of value.entries()) await fields.getByLabel(`${label}, ${i + 1} of ${value.length}`, { exact: true }).fill(String(part));
    } else await fields.getByRole('textbox', { name: new RegExp(`^${label}( |$)`) }).fill(String(value));
  }
}

export const state = (page: Page): Locator => page.getByTestId('run-state');
export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

export async function stepNow(page: Page): Promise<number> {
  return Number((await page.getByTestId('step').innerText()).replaceAll(',', ''));
}

/** Numbers of the attention table, by map: shares as fractions of 1. */
export async function attentionTable(page: Page): Promise<{ map: string; peak: number; spread: number; own: number }[]> {
  const rows = page.getByTestId('attention-table').locator('tbody tr');
  return rows.evaluateAll(all => all.map(row => {
    const cells = [...row.children].map(cell => cell.textContent ?? '');
    return { map: cells[0] ?? '', peak: parseFloat(cells[1] ?? '') / 100, spread: parseFloat(cells[3] ?? ''), own: parseFloat(cells[4] ?? '') / 100 };
  }));
}

/** A short sum over a canvas's pixels once it is painted, to tell one drawing from another, and how many colours it has. */
export async function pixels(canvas: Locator): Promise<{ sum: number; colours: number }> {
  await expect(canvas).not.toHaveAttribute('aria-busy');
  return canvas.evaluate((element: HTMLCanvasElement) => {
    const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
    let sum = 0;
    const colours = new Set<number>();
    for (let i = 0; i < data.length; i += 4) {
      const colour = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
      sum = (sum * 31 + colour) % 4294967291;
      colours.add(colour);
    }
    return { sum, colours: colours.size };
  });
}
