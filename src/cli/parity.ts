import { parseParity, PARITY_USAGE } from './args.ts';
import { unwrap, withPage } from './browser.ts';
import { readableFiles } from './files.ts';
import { groupLines } from './parity-table.ts';
import { UserError } from './user-error.ts';

/** Replays each recording on the GPU and prints how far it is from what was recorded. 1 when any is beyond its bound. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseParity(argv);
  if (args.help) {
    console.log(PARITY_USAGE);
    return 0;
  }
  const files = await readableFiles(args.files);
  let good = true;
  await withPage({ root, html: 'parity.html', files, adapter: args.adapter }, async page => {
    for (const [index, file] of files.entries()) {
      try {
        const groups = unwrap(await page.evaluate(i => window.glimpseParity(i), index));
        if (!groups.length) throw new UserError('It compared nothing.');
        console.log([file.relative, ...groupLines(groups)].join('\n'));
        good &&= groups.every(group => group.ok);
      } catch (thrown) {
        // The other recordings may still be good: go on, and fail at the end.
        if (!(thrown instanceof UserError)) throw thrown;
        console.error(`${file.relative}: ${thrown.message}`);
        good = false;
      }
    }
  });
  console.log(good ? 'Every group is within its bound.' : 'FAIL: see above.');
  return good ? 0 : 1;
}
