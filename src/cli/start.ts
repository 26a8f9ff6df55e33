import { build, preview } from 'vite';
import { parseStart } from './args.ts';

/** Builds the page and serves it, with the headers a host should send, until a signal ends it. */
export async function main(argv: string[], root: string): Promise<number> {
  const { port } = parseStart(argv);
  await build({ root, logLevel: 'warn' });
  const server = await preview({ root, logLevel: 'warn', preview: { host: 'localhost', port, strictPort: false } });
  console.log(`Glimpse is at ${server.resolvedUrls?.local[0] ?? 'http://localhost'} (Ctrl-C stops it).`);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  // Connections that a browser keeps open would hold `close` up.
  if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections();
  await server.close();
  return 0;
}
