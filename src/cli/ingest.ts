import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileFate } from '#contract/trainer.ts';
import { INGEST_USAGE, parseIngest } from './args.ts';
import { unwrap, withPage } from './browser.ts';
import { watchHeap } from './heap.ts';
import { measurePage } from './ingest-page.ts';
import { fileProblem } from './user-error.ts';

/** Reads a folder or a zip archive as the page does and says what became of each file: one line of JSON each, and a summary last. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseIngest(argv);
  if (args.help) {
    console.log(INGEST_USAGE);
    return 0;
  }
  const source = resolve(args.source);
  const found = await stat(source).catch((thrown: unknown) => { throw fileProblem(args.source, thrown); });
  if (args.page) {
    console.log(JSON.stringify(await measurePage(source, root)));
    return 0;
  }
  const print = (fates: FileFate[]) => { for (const { path, fate, ...more } of fates) console.log(JSON.stringify({ path, fate, ...more })); };
  return withPage({ root, html: 'ingest.html', files: [], adapter: 'swiftshader', exposed: { glimpseFates: print } }, async page => {
    // The browser reads the folder by itself, as if a person had chosen it.
    const input = page.locator('#source');
    await input.evaluate((element, folder) => { (element as HTMLInputElement).webkitdirectory = folder; }, found.isDirectory());
    await input.setInputFiles(source, { timeout: 0 });
    const heap = await watchHeap(page);
    const { hash, ...end } = unwrap(await page.evaluate(() => window.glimpseIngest()));
    const peakHeapBytes = await heap.stop();
    console.log(JSON.stringify({ summary: true, files: end.used + end.skipped + end.ignored, ...end, peakHeapBytes, hash }));
    return 0;
  });
}
