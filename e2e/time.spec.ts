/** The way of a run: any checkpoint can be looked at again, by keyboard, and all of it played up to now. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { attentionTable, button, expectQuiet, pixels, state, stepNow, watch } from './support/page.ts';
import { begin } from './support/view-panel.ts';

const slider = (page: Page): Locator => page.getByRole('slider', { name: 'Step that is shown' });
const frames = (page: Page): Locator => page.getByTestId('timeline');
const shown = (page: Page): Locator => page.getByTestId('attention-step');
const picture = async (page: Page): Promise<number> => (await pixels(page.getByTestId('attention-map'))).sum;

test('from the untrained network to now: by slider, by keyboard and played', async ({ page }, info) => {
  const seen = watch(page);
  await begin(page);
  await page.getByText('Numbers for each head').click();
  await expect(frames(page)).toBeHidden();

  // Each step ends in a pause, and each pause is kept.
  await button(page, 'Step').click();
  await expect(shown(page)).toHaveAttribute('data-step', '1');
  await expect(frames(page)).toHaveAttribute('data-frames', '1');
  await slider(page).press('Home');
  await expect(shown(page)).toHaveText('step 0, untrained');
  const untrained = { table: await attentionTable(page), picture: await picture(page) };
  await button(page, 'Back to now').click();
  const live = new Map<number, Awaited<ReturnType<typeof attentionTable>>>();
  for (let step = 2; step <= 4; step++) {
    await button(page, 'Step').click();
    await expect(shown(page)).toHaveAttribute('data-step', String(step));
    live.set(step, await attentionTable(page));
  }
  await expect(frames(page)).toHaveAttribute('data-frames', '4');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'now, step 4');

  // By keyboard, to the start and on
  await slider(page).focus();
  await page.keyboard.press('Home');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'step 0, untrained');
  await expect(shown(page)).toHaveText('step 0, untrained');
  expect(await attentionTable(page)).toEqual(untrained.table);
  expect(await picture(page)).toBe(untrained.picture);
  for (const step of [1, 2, 3]) {
    await page.keyboard.press('ArrowRight');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', `step ${step}`);
    await expect(shown(page)).toHaveAttribute('data-step', String(step));
    if (live.has(step)) expect(await attentionTable(page)).toEqual(live.get(step));
  }
  await expect(page.getByTestId('step')).toHaveText('4'); // the arrow took no step
  await page.screenshot({ path: info.outputPath('time-light.png') });

  // Before and now, and every view follows
  await page.keyboard.press('Tab');
  await expect(button(page, 'Back to now')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(shown(page)).toHaveAttribute('data-step', '4');
  expect(await attentionTable(page)).toEqual(live.get(4));
  await expect(button(page, 'Back to step 3')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(shown(page)).toHaveAttribute('data-step', '3');
  for (const tab of ['Similarity', 'Parts', 'Matches', 'Attention']) {
    await page.getByRole('tab', { name: tab, exact: true }).click();
    await expect(shown(page)).toHaveAttribute('data-step', '3');
  }

  // Played: from here to now, then from the start, and held on the way
  const steps: number[] = [];
  await page.exposeFunction('sawStep', (step: number) => { steps.push(step); });
  await shown(page).evaluate(element => {
    const { sawStep } = window as unknown as { sawStep: (step: number) => void };
    new MutationObserver(() => { sawStep(Number(element.getAttribute('data-step'))); }).observe(element, { attributeFilter: ['data-step'] });
  });
  await button(page, 'Play').press('Enter');
  await expect(button(page, 'Play')).toBeVisible();
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'now, step 4');
  await button(page, 'Play').press(' ');
  await expect(button(page, 'Hold')).toBeVisible();
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'now, step 4');
  await expect(button(page, 'Play')).toBeVisible();
  expect(steps).toEqual([4, 0, 1, 2, 3, 4]);
  await button(page, 'Play').click();
  await expect(shown(page)).toHaveAttribute('data-step', '1');
  await button(page, 'Hold').click();
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'step 1');

  // It grows while it trains, without leaving the moment that is looked at
  await button(page, 'Continue').click();
  await expect(frames(page)).not.toHaveAttribute('data-frames', '4', { timeout: 60_000 });
  await expect(shown(page)).toHaveAttribute('data-step', '1');
  await button(page, 'Back to now').click();
  await expect.poll(async () => Number(await shown(page).getAttribute('data-step'))).toBeGreaterThan(4);
  await button(page, 'Pause').click();
  await expect(state(page)).toHaveAttribute('data-state', 'paused');
  await slider(page).press('ArrowLeft');
  await expect.poll(async () => Number(await shown(page).getAttribute('data-step'))).toBeLessThan(await stepNow(page));

  // A new run begins at its own now
  await button(page, 'Stop').click();
  await expect(state(page)).toHaveAttribute('data-state', 'stopped');
  await slider(page).press('Home');
  await expect(shown(page)).toHaveAttribute('data-step', '0');
  await button(page, 'Step').click();
  await expect(shown(page)).toHaveAttribute('data-step', '1');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'now, step 1');
  await expect(page.getByRole('alert')).toHaveText('');
  expectQuiet(seen);
});
