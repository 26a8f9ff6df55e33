/** A plain host of the built page, that can be stopped and started, leave headers out, and serve other files than were built. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.map': 'application/json' };

export interface HostOptions {
  folder?: string;
  headers?: Readonly<Record<string, string>>;
  /** The page lies in this folder of the host: "/" or "/name/". */
  at?: string;
  /** Changes a file's text; null is a 404. */
  change?: (path: string, text: string) => string | null;
  /** Further pages, by name. */
  pages?: Record<string, string>;
}

export class StaticHost {
  url = '';
  options: HostOptions;
  private server: Server | null = null;
  private port = 0;

  constructor(options: HostOptions = {}) {
    this.options = options;
  }

  /** On the port of the time before, if there was one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const { folder = 'dist', headers = {}, at = '/', pages = {}, change = (_: string, text: string) => text } = this.options;
      const path = new URL(request.url!, 'http://localhost').pathname;
      const name = path.startsWith(at) ? path.slice(at.length) || 'index.html' : '..';
      const send = (status: number, text: string) => {
        response.writeHead(status, { ...headers, 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(text);
      };
      if (name.includes('..')) send(404, '');
      else if (pages[name] !== undefined) send(200, pages[name]);
      else {
        readFile(join(folder, name), 'utf8').then(text => change(name, text), () => null)
          .then(text => send(text === null ? 404 : 200, text ?? '')).catch(() => { response.destroy(); });
      }
    });
    await new Promise<void>(resolve => { server.listen(this.port, 'localhost', resolve); });
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://localhost:${this.port}${this.options.at ?? '/'}`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = null;
    server.closeAllConnections();
    await new Promise(resolve => { server.close(resolve); });
  }
}
