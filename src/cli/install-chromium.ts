import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from '#testing/chromium.ts';
import { UserError } from './user-error.ts';

const ADVICE = 'Install Chrome or Chromium 121 or newer, or set CHROME_PATH to the one you have.';

/** The path of a Chromium. Where there is none, throws a UserError that says what to do. */
export function requireChromium(): string {
  const found = findChromiumOrExplain();
  if (!found) throw new UserError(`No Chrome or Chromium was found. ${ADVICE} \`npx playwright install chromium\` fetches one.`);
  return found;
}

/** As requireChromium, but installs one where it can: with apt as root, else with Playwright. */
export function ensureChromium(): string {
  const found = findChromiumOrExplain();
  if (found) return found;
  const root = process.getuid?.() === 0;
  const apt = root && existsSync('/usr/bin/apt-get');
  console.log('No Chrome or Chromium was found: installing one.');
  const attempts: [string, string[]][][] = [
    ...(apt ? [[['apt-get', ['update']], ['apt-get', ['install', '-y', '--no-install-recommends', 'chromium']]] as [string, string[]][]] : []),
    [['npx', ['playwright', 'install', ...(apt ? ['--with-deps'] : []), '--no-shell', 'chromium']]],
  ];
  for (const commands of attempts) {
    const done = commands.every(([command, args]) => run(command, args));
    const installed = done ? findChromiumOrExplain() : null;
    if (installed) return installed;
  }
  throw new UserError(`No Chrome or Chromium was found, and installing one failed (see above). ${ADVICE}`);
}

function findChromiumOrExplain(): string | null {
  try {
    return findChromium();
  } catch (thrown) {
    throw new UserError((thrown as Error).message);
  }
}

function run(command: string, args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env, shell: process.platform === 'win32' }).status === 0;
}
