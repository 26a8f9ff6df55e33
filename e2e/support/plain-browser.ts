/** A Chromium as a person has it: no tab is told that it is seen when it isn't, and hidden ones are slowed down as ever. */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { chromium, type Browser } from '@playwright/test';
import { findChromium, chromiumFlags } from '#testing/chromium.ts';

/** What keeps a hidden page as lively as a seen one, in tests alone. */
const INDULGENT = ['--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'];

export async function withPlainBrowser(profile: string, act: (browser: Browser) => Promise<void>): Promise<void> {
  const program = findChromium() ?? chromium.executablePath();
  const flags = chromiumFlags().filter(flag => !INDULGENT.includes(flag));
  const child = spawn(program, ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>(resolve => { child.once('exit', () => resolve()); });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = /DevTools listening on (ws:\S+)/.exec(text);
        if (found) resolve(found[1]!);
      });
      child.once('error', reject);
      child.once('exit', () => { reject(new Error(`${program} ended before it could be spoken to: ${text}`)); });
    });
    const browser = await chromium.connectOverCDP(address, { noDefaults: true });
    try {
      await act(browser);
    } finally {
      await browser.close();
    }
  } finally {
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
