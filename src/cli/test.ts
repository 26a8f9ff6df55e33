import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDawn } from './bench-build.ts';
import { ensureChromium } from './install-chromium.ts';
import { playwrightTotals, settled, vitestTotals, type Totals } from './totals.ts';
import { UserError } from './user-error.ts';

interface Runner {
  name: string;
  title: string;
  /** Run in the root. `report` is a file to write to. */
  command: (report: string) => string[];
  /** Without one the runner is a single check. */
  read?: (report: never) => Totals;
  /** Takes minutes: runs only when named. */
  onlyNamed?: boolean;
  /** It opens Chromium, or reads a configuration that looks for one. */
  browser?: boolean;
  /** Installs what only this runner needs. */
  prepare?: (root: string) => void;
}

const vitest = (project: string) => (report: string) =>
  [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', project, '--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];

const playwright = (project: string) => () =>
  [process.execPath, 'node_modules/@playwright/test/cli.js', 'test', '--project', project, '--reporter=list,json'];

const RUNNERS: Runner[] = [
  { name: 'typecheck', title: 'Types', command: () => ['npm', 'run', '--silent', 'typecheck'] },
  { name: 'lint', title: 'Lint', command: () => ['npm', 'run', '--silent', 'lint'] },
  { name: 'unit', title: 'Unit tests', command: vitest('unit'), read: vitestTotals, browser: true },
  { name: 'gpu', title: 'GPU tests', command: vitest('gpu'), read: vitestTotals, browser: true },
  { name: 'e2e', title: 'Journeys', command: playwright('journeys'), read: playwrightTotals, browser: true },
  { name: 'figures', title: 'The page in figures', command: playwright('figures'), read: playwrightTotals, browser: true },
  { name: 'dawn', title: 'GPU tests on Dawn in Node', command: vitest('dawn'), read: vitestTotals, browser: true, onlyNamed: true, prepare: installDawn },
  { name: 'long', title: 'Long tests', command: vitest('long'), read: vitestTotals, browser: true, onlyNamed: true },
];

/** Runs every runner but those that only a name calls, or those named, to its end, whatever fails before. The last line is the sum of all. */
export async function main(argv: string[], root: string): Promise<number> {
  const unknown = argv.find(name => !RUNNERS.some(runner => runner.name === name));
  if (unknown !== undefined) throw new UserError(`There is no runner "${unknown}". Usage: npm test -- [${RUNNERS.map(r => r.name).join(' | ')}]...`);
  const chosen = RUNNERS.filter(runner => argv.length ? argv.includes(runner.name) : !runner.onlyNamed);

  const sum: Totals = { passed: 0, failed: 0 };
  const lines: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-test-'));
  try {
    for (const runner of chosen) {
      console.log(`\n== ${runner.title}`);
      const began = Date.now();
      const { passed, failed } = await runOne(runner, root, join(folder, `${runner.name}.json`));
      sum.passed += passed;
      sum.failed += failed;
      lines.push(`${runner.title.padEnd(19)} ${passed} passed, ${failed} failed (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${lines.join('\n')}\n\n${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed ? 1 : 0;
}

async function runOne(runner: Runner, root: string, report: string): Promise<Totals> {
  const env: NodeJS.ProcessEnv = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  try {
    if (runner.browser) env['CHROME_PATH'] = ensureChromium();
    runner.prepare?.(root);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    console.log(thrown.message);
    return { passed: 0, failed: 1 };
  }
  const status = await run(runner.command(report), root, env);
  if (!runner.read) return settled({ passed: status === 0 ? 1 : 0, failed: 0 }, status);
  const text = await readFile(report, 'utf8').catch(() => null);
  return settled(text === null ? null : runner.read(JSON.parse(text) as never), status);
}

/** The exit status, or null when the command could not be started or a signal ended it. */
function run([program = '', ...args]: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise(resolve => {
    // On Windows npm is a batch file, which only a shell can start.
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'], shell: program === 'npm' && process.platform === 'win32' });
    child.once('error', error => {
      console.log(error.message);
      resolve(null);
    });
    child.once('exit', resolve);
  });
}
