/** What the benchmark needs beyond the app: other frameworks for the page, Dawn for Node; installed when asked for. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build, type InlineConfig } from 'vite';
import type { BenchOptions, BenchReport } from '#engine/bench/records.ts';
import { UserError } from './user-error.ts';

/** Installs the pinned packages of a folder that has its own package.json, unless they are there. */
function install(folder: string, what: string): void {
  if (existsSync(join(folder, 'node_modules'))) return;
  console.log(`${what}: installing the packages of ${folder}, once.`);
  // On Windows npm is a script.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (status !== 0) throw new UserError(`The packages of ${folder} could not be installed (see above): run \`npm ci --ignore-scripts\` there.`);
}

/** Dawn, the WebGPU of Chrome, as a package for Node. */
export const installDawn = (root: string): void => install(join(root, 'bench/node'), 'WebGPU in Node');

const quiet: InlineConfig = { configFile: false, logLevel: 'error', publicDir: false };

/** Bundles the other frameworks into one module; returns where the page finds it. */
export async function buildPeers(root: string): Promise<{ url: string; jaxVersion: string }> {
  const folder = join(root, 'bench/peers');
  install(folder, 'Other frameworks');
  await build({
    ...quiet, root: folder,
    // Their code asks whether it is tested.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { target: 'es2023', outDir: 'dist', emptyOutDir: true, minify: false, lib: { entry: 'index.ts', formats: ['es'], fileName: 'peers' } },
  });
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules/@jax-js/jax/package.json'), 'utf8')) as { version: string };
  return { url: '/bench/peers/dist/peers.js', jaxVersion: version };
}

/** Bundles the benchmark for Node, with its kernels inside and the package webgpu outside; returns the file. */
export async function buildNodeBench(root: string, file: string): Promise<string> {
  await build({
    ...quiet, root,
    ssr: { noExternal: true },
    build: {
      target: 'node20', ssr: join(root, 'src/cli/node/bench.ts'), outDir: dirname(file), emptyOutDir: false, minify: false,
      rolldownOptions: { external: ['webgpu'], output: { entryFileNames: basename(file), codeSplitting: false } },
    },
  });
  return file;
}

/** Runs the bundle in a Node of its own: what it measures goes to its output, what it says to ours. */
export async function runNodeBench(root: string, options: BenchOptions): Promise<Omit<BenchReport, 'commit'>> {
  const folder = join(root, 'bench/node');
  installDawn(root);
  const file = await buildNodeBench(root, join(folder, 'dist/bench.mjs'));
  const child = spawn(process.execPath, [file, '--json', '--only', options.only.join(','), '--samples', String(options.samples), ...(options.tiles ? ['--tiles'] : [])], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
  const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail));
  if (code !== 0) throw new UserError(`The benchmark in Node ended with status ${code} (see above).`);
  return JSON.parse(text) as BenchReport;
}

/** The commit of the working tree, null where there is none. */
export function commitOf(root: string): string | null {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const head = git('rev-parse', '--short', 'HEAD');
  if (head.status !== 0) return null;
  return head.stdout.trim() + (git('status', '--porcelain', '--untracked-files=no').stdout?.trim() ? ' with changes' : '');
}
