/**
 * Finds a full Chrome or Chromium and says how to start it with WebGPU.
 * Playwright's headless shell won't do: it has no WebGPU. Runs in Node, for the tests and the command line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

export type Adapter = 'swiftshader' | 'default';

const QUIET = [
  '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // A hidden page would have its timers slowed down.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];

/** Command-line flags of Chromium: on the processor (the same numbers everywhere), or on the machine's own GPU. */
export function chromiumFlags(adapter: Adapter = 'swiftshader'): string[] {
  const flags = [...QUIET, '--enable-unsafe-webgpu'];
  // The sandbox needs user namespaces, which root and most containers lack.
  if (process.platform === 'linux') flags.push('--no-sandbox');
  if (adapter === 'swiftshader') flags.push('--use-webgpu-adapter=swiftshader');
  else if (process.platform === 'linux') flags.push('--enable-features=Vulkan', '--ignore-gpu-blocklist');
  return flags;
}

/** The machine's GPU where there seems to be one, else the processor. */
export function guessAdapter(env: NodeJS.ProcessEnv = process.env): Adapter {
  if (env['CI']) return 'swiftshader';
  if (process.platform !== 'linux') return 'default';
  return existsSync('/dev/dri') || existsSync('/dev/nvidia0') ? 'default' : 'swiftshader';
}

const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'microsoft-edge', 'microsoft-edge-stable', 'brave-browser'];

/** Places to look, in order: what the user says, Playwright's own, then what is installed. */
export function candidates(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string[] {
  const own = chromium.executablePath();
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
    return [own, ...['/Applications', join(homedir(), 'Applications')].flatMap(root => apps.map(app => `${root}/${app}.app/Contents/MacOS/${app}`))];
  }
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter(root => root !== undefined);
    const apps = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return [own, ...roots.flatMap(root => apps.map(app => `${root}\\${app}`))];
  }
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'].filter(Boolean);
  return [own, ...NAMES.flatMap(name => [...new Set(folders)].map(folder => join(folder, name)))];
}

/** Ubuntu's /usr/bin/chromium-browser can be a script that only says to install a snap: ask for the version. */
function runs(path: string): boolean {
  if (process.platform !== 'linux') return true;
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 && /\d+\.\d+/.test(stdout);
}

/** The path of a Chromium that starts, or null. Throws when CHROME_PATH names a file that doesn't exist. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const chosen = env['CHROME_PATH'];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`CHROME_PATH is ${chosen}, where there is no file. Point it at a Chrome or Chromium, or unset it.`);
  }
  return candidates(env).find(path => existsSync(path) && runs(path)) ?? null;
}

/** For configuration files: hands the browser to processes started from here, so that it is looked for once. */
export function launchOptions(adapter: Adapter = 'swiftshader'): { executablePath?: string; args: string[] } {
  const executablePath = findChromium();
  if (executablePath) process.env['CHROME_PATH'] = executablePath;
  return { ...(executablePath ? { executablePath } : {}), args: chromiumFlags(adapter) };
}
