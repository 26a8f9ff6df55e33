/** The page as it is, in both themes and at three widths, against the rules of axe. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const WIDTHS = [1440, 820, 360];
/** Of WCAG 2.2: what is pressed is 24 pixels wide and high, or has as much room. Axe leaves it out unless asked. */
const OPTIONS = { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations' as const], preload: false };
/** What depends on colours; all else is the same in both themes. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Nothing broken in the page, or in a part of it, and nothing wider than the window. */
export async function expectAccessible(page: Page, screen: string, part = 'html'): Promise<void> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      // Without motion, colours are what they will be at once.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise(resolve => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      const axe = new AxeBuilder({ page }).setLegacyMode().include(part).options(OPTIONS);
      const { violations } = await (colorScheme === 'dark' ? axe.withRules(OF_COLOURS) : axe).analyze();
      for (const { id, nodes } of violations) found.push(`${screen}, ${width} px, ${colorScheme}: ${id} at ${nodes.map(n => n.target.join(' ')).join(', ')}`);
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (beyond > 0) found.push(`${screen}, ${width} px: ${beyond} px wider than the window`);
  }
  expect(found).toEqual([]);
}
