// The one entry behind `npm start`, `npm test` and `npm run parity`, `train`, `ingest`, `profile`, `bench` and `screenshot`.
// The commands are TypeScript, which Node 20 can't run by itself: Vite, here anyway, loads them.
import { fileURLToPath } from 'node:url';

const COMMANDS = ['start', 'test', 'parity', 'train', 'ingest', 'profile', 'bench', 'screenshot'];
/** Those that build the page. */
const BUILDING = ['start', 'ingest', 'screenshot'];
/** Errors whose message is all a person needs. Any other is a defect of ours, shown with its stack. */
const EXPECTED = ['UserError', 'ConfigError'];

const [command = '', ...args] = process.argv.slice(2);
if (!COMMANDS.includes(command)) {
  console.error(`Usage: node scripts/glimpse.mjs ${COMMANDS.join(' | ')} [arguments]`);
  process.exit(2);
}

process.stdout.on('error', error => {
  // The reader of a pipe went away, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  // Loading a module through Vite would set this to development, and React's development build would be served.
  if (BUILDING.includes(command)) process.env.NODE_ENV = 'production';
  const { runnerImport } = await import('vite');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { module } = await runnerImport(`./src/cli/${command}.ts`, { root, configFile: false, logLevel: 'error' });
  process.exitCode = await module.main(args, root);
} catch (error) {
  if (error?.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes("'vite'")) console.error('The dependencies are not installed: run `npm ci` first.');
  else console.error(EXPECTED.includes(error?.name) ? error.message : error);
  process.exitCode = 1;
}
