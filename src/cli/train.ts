import { basename, resolve } from 'node:path';
import type { Page } from 'playwright';
import type { StepReport } from '#contract/trainer.ts';
import { parseTrain, TRAIN_USAGE } from './args.ts';
import { unwrap, withPage } from './browser.ts';
import { walk, type LocalFile } from './files.ts';
import type { TrainMessage } from './page/protocol.ts';

/** Exit status of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Trains on a folder or the sample. Numbers go to standard output, one line of JSON each; words to standard error. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseTrain(argv);
  if (args.help) {
    console.log(TRAIN_USAGE);
    return 0;
  }
  const images = args.source === 'sample' ? null : await walk(args.source);
  const queries = args.knn === undefined ? [] : await walk(args.knn);
  const files = [...(images ?? []), ...queries];
  const served = (list: LocalFile[], from: number) => list.map((file, i) => ({ index: from + i, path: file.relative }));
  const job = {
    name: args.source === 'sample' ? 'sample' : basename(resolve(args.source)),
    files: images && served(images, 0),
    images: args.images,
    queries: served(queries, images?.length ?? 0),
    evaluate: args.evaluate,
    config: args.config,
  };
  const printer = makePrinter(args.every);
  return withPage({ root, html: 'train.html', files, adapter: args.adapter, exposed: { glimpseMessage: printer.print } }, async page => {
    stopOnSignal(page);
    const end = unwrap(await page.evaluate(work => window.glimpseTrain(work), job));
    printer.flush();
    if (end === 'stopped') console.error('Stopped.');
    return end === 'stopped' ? INTERRUPTED : 0;
  });
}

/** The first Ctrl-C ends the run after its step, the second at once. */
function stopOnSignal(page: Page): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(INTERRUPTED);
      asked = true;
      console.error('Stopping after this step; Ctrl-C again ends at once.');
      page.evaluate(() => window.glimpseStop()).catch(() => process.exit(INTERRUPTED));
    });
  }
}

/** Prints each message as it comes, of the steps each `every`th and, with `flush`, the last. */
function makePrinter(every: number): { print: (message: TrainMessage) => void; flush: () => void } {
  let unprinted: StepReport | null = null;
  const flush = () => {
    if (unprinted) console.log(JSON.stringify(unprinted));
    unprinted = null;
  };
  const print = (message: TrainMessage) => {
    switch (message.type) {
      case 'device':
        console.error(`Computing on ${message.name}${message.software ? ', in software: slow' : ''}.`);
        break;
      case 'dataset': {
        const { count, classes, skipped, name } = message.summary;
        console.error(`${name}: ${count} images${classes.length ? ` in ${classes.length} classes` : ''}.`);
        for (const { path, reason } of skipped) console.error(`Skipped ${path}: ${reason}`);
        break;
      }
      case 'knn':
        flush();
        console.log(JSON.stringify({ knn: message.knn, step: message.step }));
        break;
      case 'evaluation':
        flush();
        console.log(JSON.stringify({ evaluation: message.report }));
        break;
      case 'steps':
        for (const report of message.reports) {
          unprinted = report;
          if (report.step % every === 0) flush();
        }
    }
  };
  return { print, flush };
}
