/** The promise that nothing leaves the machine is kept by the browser: page and worker may speak to their own server alone. */
import { expect, test } from '@playwright/test';
import { button } from './support/page.ts';

/** Runs in page and worker: tries another origin and gives the directive that forbade it. */
function tryElsewhere(): Promise<string> {
  const forbidden = new Promise<string>(resolve => {
    self.addEventListener('securitypolicyviolation', event => resolve((event as SecurityPolicyViolationEvent).effectiveDirective), { once: true });
  });
  return fetch('http://127.0.0.1:9/picture', { method: 'POST', body: 'pixels' }).then(() => 'sent', () => forbidden);
}

test('neither page nor worker can send anything elsewhere', async ({ page }) => {
  const response = await page.goto('/');
  const policy = response!.headers()['content-security-policy'];
  expect(policy).toContain('default-src \'none\'');
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  await expect(button(page, 'Sample images')).toBeVisible();
  expect(await page.evaluate(tryElsewhere)).toBe('connect-src');
  const [worker] = page.workers();
  expect(await worker!.evaluate(tryElsewhere)).toBe('connect-src');
  const image = await page.evaluate(() => new Promise<string>(resolve => {
    document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective), { once: true });
    new Image().src = 'http://127.0.0.1:9/pixels.png';
  }));
  expect(image).toBe('img-src');
});
