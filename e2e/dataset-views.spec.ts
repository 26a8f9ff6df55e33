/** Views of the whole dataset, with real training on the sample images: patterns, and the map. Parts of it by keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page, type TestInfo } from '@playwright/test';
import { button, expectQuiet, state, stepNow, watch } from './support/page.ts';
import { begin, panel, rows, seenStep, tab } from './support/view-panel.ts';

const IMAGES = 512;

const falling = (numbers: number[]) => expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));

/** A first step, so that there is something to look through. */
async function firstStep(page: Page): Promise<void> {
  await begin(page);
  await button(page, 'Step').click();
  await expect(page.getByTestId('step')).toHaveText('1');
}

/** By keyboard, from the tab on. */
async function lookThrough(page: Page): Promise<void> {
  const begin = button(page, `Look through all ${IMAGES} images`);
  await expect(begin).toBeVisible(); // the view is loaded when it is looked at first
  // On the way lies the time line.
  for (let stops = 0; stops < 6 && !await begin.evaluate(b => b === document.activeElement); stops++) await page.keyboard.press('Tab');
  await expect(begin).toBeFocused();
  await page.keyboard.press('Enter');
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include('section:has([role="tablist"])').options({ rules: { 'target-size': { enabled: true } } }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id} at ${nodes.map(n => n.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** The panel in both themes, for people to look at and held against axe's rules; on a narrow screen nothing sticks out. */
async function picture(page: Page, info: TestInfo, name: string): Promise<void> {
  const wide = page.viewportSize()!;
  for (const theme of ['light', 'dark']) {
    await page.getByLabel('Theme').selectOption(theme);
    await page.mouse.move(0, 0);
    await panel(page).screenshot({ path: info.outputPath(`${name}-${theme}.png`) });
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 360, height: 800 });
  await panel(page).screenshot({ path: info.outputPath(`${name}-narrow.png`) });
  expect(await panel(page).evaluate(p => [p.scrollWidth - p.clientWidth, Math.max(360, p.getBoundingClientRect().right)])).toEqual([0, 360]);
  await expectAccessible(page);
  await page.setViewportSize(wide);
}

/** The view goes on with training, until it is called off. */
async function follows(page: Page): Promise<void> {
  const before = await seenStep(page);
  await button(page, 'Continue').click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(before);
  await expect(panel(page).getByText('It rests between batches')).toBeVisible();
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(panel(page).getByRole('button', { name: /^Look through them again, at step/ })).toBeVisible();
  expect(await seenStep(page)).toBe(before);
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await expect(page.getByRole('alert')).toHaveText('');
}

test('patterns: the prototypes used most, with their patches and with whole images', async ({ page }, info) => {
  const seen = watch(page);
  await firstStep(page);
  await tab(page, 'Attention').press('End');
  await page.keyboard.press('ArrowLeft');
  await expect(tab(page, 'Patterns')).toBeFocused();
  await lookThrough(page);
  await expect(panel(page).getByRole('status')).toHaveText(/^Searched \d+ of 512 images$/);
  const found = page.getByTestId('patterns').locator(':scope > li');
  await expect(found.first()).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('stage')).toContainText('Early in training');
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '1');
  await page.getByText('Patterns in numbers').click();
  const table = await rows(page, 'patterns-table');
  expect(table).toHaveLength(await found.count());
  falling(table.map(r => Number(r[1]!.replaceAll(',', ''))));
  await expect(found.first()).toHaveAccessibleName(new RegExp(`^Pattern 1, prototype ${table[0]![0]!}: `));
  await picture(page, info, 'patterns');

  const spot = found.first().getByRole('button').first();
  const [, path, place] = /^(.*), (row \d+, column \d+)\. Look from there\.$/.exec((await spot.getAttribute('aria-label'))!)!;
  await spot.click();
  await panel(page).getByLabel('Images of each').selectOption('9');
  await expect.poll(() => found.first().getByRole('button').count()).toBe(9);
  await panel(page).getByLabel('Prototypes').selectOption('8');
  await expect.poll(async () => (await rows(page, 'patterns-table')).length).toBeLessThanOrEqual(8);
  await panel(page).getByLabel('Sorted are').selectOption('class');
  await expect(page.getByRole('columnheader', { name: 'Images', exact: true })).toBeVisible();
  expect((await rows(page, 'patterns-table')).reduce((s, r) => s + Number(r[1]!.replaceAll(',', '')), 0)).toBeLessThanOrEqual(IMAGES);
  // As they were before training, and back
  await panel(page).getByRole('slider', { name: 'Step that is shown' }).press('Home');
  await expect(page.getByTestId('attention-step')).toHaveText('step 0, untrained', { timeout: 60_000 });
  await expect(page.getByTestId('stage')).toContainText('has learned nothing yet');
  await button(page, 'Back to now').click();
  await expect(page.getByTestId('attention-step')).toHaveAttribute('data-step', '1', { timeout: 60_000 });
  await follows(page);
  await tab(page, 'Similarity').click();
  await expect(panel(page).getByRole('application')).toHaveAccessibleName(new RegExp(`^${path}: .*${place}$`));
  expectQuiet(seen);
});

test('map: images as points, by keyboard and by pointer; groups, a lasso, what is alike, and UMAP', async ({ page }, info) => {
  const seen = watch(page);
  await firstStep(page);
  await tab(page, 'Attention').press('End');
  await expect(tab(page, 'Map')).toBeFocused();
  await lookThrough(page);
  const plot = page.getByTestId('map-plot');
  await expect(plot).toHaveAccessibleName(/^Map of 512 images by principal components, coloured by cluster$/, { timeout: 120_000 });
  await expect(page.getByTestId('stage')).toContainText('the two axes stand for');
  const groups = panel(page).getByRole('list', { name: 'Groups' }).getByRole('button');
  await expect(groups).toHaveCount(8);
  const similar = page.getByTestId('map-similar').getByRole('button');
  await expect(similar).toHaveCount(12);
  falling(await similar.evaluateAll(all => all.map(b => Number(b.textContent))));

  // By keyboard: to a neighbour, which becomes the image of all views; one after the other among the chosen
  await plot.focus();
  const move = async () => {
    const from = (await plot.getAttribute('data-cursor'))!;
    // At the rim there is no neighbour on that side.
    for (const key of ['ArrowRight', 'ArrowUp', 'ArrowLeft']) {
      await page.keyboard.press(key);
      if (await plot.getAttribute('data-cursor') !== from) break;
    }
    await expect(plot).not.toHaveAttribute('data-cursor', from);
  };
  await move();
  const cursor = Number(await plot.getAttribute('data-cursor'));
  await page.keyboard.press('Enter');
  await expect(panel(page).getByRole('heading', { name: `Most like image ${cursor + 1}` })).toBeVisible();
  await page.keyboard.press(' ');
  await move();
  await page.keyboard.press(' ');
  const chosen = page.getByTestId('map-chosen').getByRole('button');
  await expect(chosen).toHaveCount(2);
  await page.keyboard.press('Escape');
  await expect(chosen).toHaveCount(0);
  await groups.first().focus();
  await page.keyboard.press('Enter');
  await expect(groups.first()).toHaveAttribute('aria-pressed', 'true');
  await expect(panel(page).getByRole('heading', { name: /chosen$/ })).toHaveText(`${await groups.first().locator('small').innerText()} chosen`);

  // By pointer: a line around everything, then beside everything
  const drag = async (corners: [number, number][]) => {
    const box = (await plot.boundingBox())!;
    const to = ([x, y]: [number, number]) => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await to(corners[0]!);
    await page.mouse.down();
    for (const corner of corners) await to(corner);
    await page.mouse.up();
  };
  await plot.scrollIntoViewIfNeeded();
  await drag([[0.001, 0.001], [0.999, 0.001], [0.999, 0.999], [0.001, 0.999]]);
  await expect(panel(page).getByRole('heading', { name: `${IMAGES} chosen` })).toBeVisible();
  await button(page, 'Let go of them').click();
  // The image that is looked at has a ring around its point: over it, its thumbnail shows.
  await plot.locator('i').first().hover({ force: true });
  await expect(plot.locator('canvas')).toHaveCount(2);
  await expect(plot.getByRole('status')).toContainText(/, Cluster \d$/);
  await picture(page, info, 'map');

  // Folders, numbers, clusters, UMAP
  await panel(page).getByLabel('Colours and shapes by').selectOption('folder');
  await page.getByText('Groups in numbers').first().click();
  const table = await rows(page, 'map-table');
  expect(table.reduce((s, r) => s + Number(r[1]), 0)).toBe(IMAGES);
  expect(table[0]![3]).toBe(`${table[0]![0]!}, 100 %`);
  await panel(page).getByLabel('Colours and shapes by').selectOption('cluster');
  await panel(page).getByLabel('Clusters').selectOption('4');
  await expect(groups).toHaveCount(4);
  await panel(page).getByLabel('Layout').selectOption('umap');
  await expect(plot).toHaveAccessibleName(/by UMAP/, { timeout: 120_000 });
  await expect(page.getByTestId('stage')).toContainText('Neighbours on this map');
  await picture(page, info, 'umap');
  await follows(page);
  expectQuiet(seen);
});
