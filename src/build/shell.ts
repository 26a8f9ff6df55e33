/** Vite's part of the page: headers on every answer of `preview`, the policy in the page's text, the service worker with its list of files. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { transformWithOxc, type Plugin } from 'vite';
import { notices } from './licences.ts';
import { PRODUCTION_HEADERS, withMetaPolicy } from './policy.ts';

/** What the service worker is built with. */
export interface Shell {
  /** Of everything below, so that any change is another version. */
  version: string;
  /** Relative to the page's folder, with what `fetch` holds the content against. */
  files: { path: string; integrity: string }[];
  headers: Readonly<Record<string, string>>;
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content);

/** What isn't needed to start: maps for debuggers, licences, and the service worker, which the browser keeps itself. */
const NEEDLESS = /\.map$|^service-worker\.js$|^licences\.txt$|^_headers$/;

/** Files of a folder, by path with "/". */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter(e => e.isFile()).map(e => join(e.parentPath, e.name).slice(folder.length + 1).split(sep).join('/')).sort();
}

/** The version goes into the page's text, so it is made from the text without it. */
export async function makeShell(folder: string): Promise<Shell> {
  const paths = (await listFiles(folder)).filter(path => !NEEDLESS.test(path));
  const contents = new Map<string, Buffer>();
  for (const path of paths) contents.set(path, await readFile(join(folder, path)));
  const whole = sha256(JSON.stringify(PRODUCTION_HEADERS));
  for (const [path, content] of contents) whole.update(`\n${path} ${content.length}\n`).update(content);
  const version = whole.digest('hex').slice(0, 16);

  const page = contents.get('index.html');
  if (!page) throw new Error(`${folder} has no index.html: the page was not built.`);
  const stamped = Buffer.from(page.toString('utf8').replace('</title>', `</title>\n    <meta name="version" content="${version}" />`));
  contents.set('index.html', stamped);
  await writeFile(join(folder, 'index.html'), stamped);
  const files = [...contents].map(([path, content]) => ({ path, integrity: `sha256-${sha256(content).digest('base64')}` }));
  return { version, files, headers: PRODUCTION_HEADERS };
}

export function shell(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'glimpse-shell',
    configResolved(config) {
      root = config.root;
      outDir = join(root, config.build.outDir);
    },
    configurePreviewServer({ httpServer }) {
      // Before anything answers: `preview.headers` is for files alone, not for refusals.
      httpServer.prependListener('request', (_, response: { setHeader: (name: string, value: string) => void }) => {
        for (const [name, value] of Object.entries(PRODUCTION_HEADERS)) response.setHeader(name, value);
      });
    },
    transformIndexHtml: {
      order: 'post',
      // Not for `vite dev`, whose hot reload needs inline scripts, styles and a socket.
      handler: (html, { server }) => (server ? html : withMetaPolicy(html)),
    },
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const made = await makeShell(outDir);
        const source = await readFile(join(root, 'src/service-worker.ts'), 'utf8');
        const { code } = await transformWithOxc(source, 'service-worker.ts', { sourcemap: false, target: 'es2023' });
        // A plain script, not a module, which some browsers don't take for a service worker.
        const script = code.replace(/^export \{\};?$/m, '');
        if (/^(?:import|export)\b/m.test(script)) throw new Error('src/service-worker.ts may import types alone and export nothing.');
        await writeFile(join(outDir, 'service-worker.js'), `const SHELL = ${JSON.stringify(made)};\n${script}`);
        await writeFile(join(outDir, 'licences.txt'), await notices(root));
        await writeFile(join(outDir, '_headers'), `/*\n${Object.entries(made.headers).map(([name, value]) => `  ${name}: ${value}\n`).join('')}`);
      },
    },
  };
}
