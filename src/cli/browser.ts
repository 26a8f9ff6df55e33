import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chromium, type Page } from 'playwright';
import { createServer, type Plugin } from 'vite';
import { chromiumFlags, guessAdapter, type Adapter } from '#testing/chromium.ts';
import type { LocalFile } from './files.ts';
import { requireChromium } from './install-chromium.ts';
import type { Outcome } from './page/protocol.ts';
import { UserError } from './user-error.ts';

interface Session {
  root: string;
  html: string;
  files: LocalFile[];
  adapter: Adapter | undefined;
  /** Functions that the page may call, by their name on `window`. */
  exposed?: Record<string, (message: never) => void>;
}

/** Opens a page of src/cli/page in a headless Chromium that can fetch the given files, by number only; closes everything at the end. */
export async function withPage<T>({ root, html, files, adapter, exposed = {} }: Session, use: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = requireChromium();
  const server = await createServer({
    root,
    logLevel: 'error',
    // Apart from that of `npm run dev`, which may be running.
    cacheDir: join(root, 'node_modules/.vite-cli'),
    // A file saved meanwhile must not reload the page.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    plugins: [serveFiles(files)],
  });
  try {
    await server.listen();
    const address = server.resolvedUrls?.local[0];
    if (!address) throw new Error('The local server has no address.');
    // Signals are the command's to handle: it stops the run before the browser.
    const browser = await chromium.launch({
      executablePath, args: chromiumFlags(adapter ?? guessAdapter()), headless: true,
      handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
    }).catch((thrown: unknown) => {
      throw new UserError(`${executablePath} did not start: ${(thrown as Error).message}`);
    });
    try {
      const page = await browser.newPage();
      for (const [name, callback] of Object.entries(exposed)) await page.exposeFunction(name, callback);
      const broken = new Promise<never>((_, reject) => {
        page.on('crash', () => reject(new UserError('The page crashed, most likely for want of memory: choose a smaller preset, batch or image size.')));
        page.on('pageerror', reject);
        browser.on('disconnected', () => reject(new UserError('Chromium ended before the work was done.')));
      });
      const work = page.goto(new URL(`src/cli/page/${html}`, address).href).then(() => use(page));
      return await Promise.race([work, broken]);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

/** What a page's function came to: its value, or its error as one of ours. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  // These names are defects of the program, so where they come from matters.
  const defect = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'].includes(outcome.name);
  throw defect ? new Error(outcome.stack) : new UserError(outcome.message);
}

/** GET /__files/N is file N of the list; nothing else of the disk can be asked for. */
function serveFiles(files: LocalFile[]): Plugin {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const file = files[Number(/^\/(\d+)$/.exec(request.url ?? '')?.[1] ?? NaN)];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    try {
      const { size } = await stat(file.absolute);
      const stream = createReadStream(file.absolute);
      stream.on('error', () => response.destroy());
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size, 'Cache-Control': 'no-store' });
      stream.pipe(response);
    } catch {
      response.writeHead(410).end();
    }
  };
  return {
    name: 'glimpse-files',
    configureServer(server) {
      server.middlewares.use('/__files', (request, response) => void serve(request, response));
    },
  };
}
