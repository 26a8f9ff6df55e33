import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BenchReport } from '#engine/bench/records.ts';
import { benchMarkdown } from '#engine/bench/table.ts';
import { growthSvg } from '#engine/bench/growth-plot.ts';
import { BENCH_USAGE, type BenchArgs, parseBench } from './args.ts';
import { buildNodeBench, buildPeers, commitOf, runNodeBench } from './bench-build.ts';
import { unwrap, withPage } from './browser.ts';

/** Measures, prints the tables and writes them beside the JSON they are made of. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseBench(argv);
  if (args.help) {
    console.log(BENCH_USAGE);
    return 0;
  }
  if (args.bundle !== undefined) {
    const file = await buildNodeBench(root, resolve(args.bundle));
    console.log(`${file} runs with \`node ${args.bundle}\` wherever the package webgpu is found beside it.`);
    return 0;
  }
  const measured = args.node ? await runNodeBench(root, args.options) : await inChromium(args, root);
  const report: BenchReport = { ...measured, commit: commitOf(root) };
  const folder = resolve(root, args.out);
  const name = args.name ?? `${report.runtime} ${report.measured?.device ?? report.peers?.device ?? ''}${args.peers ? ' peers' : ''}`.toLowerCase().replace(/[^a-z0-9.]+/g, '-').replace(/^-|-$/g, '').slice(0, 80);
  await mkdir(folder, { recursive: true });
  const write = (ending: string, text: string) => writeFile(resolve(folder, `${name}.${ending}`), text);
  const table = benchMarkdown(report);
  await write('json', `${JSON.stringify(report, null, 1)}\n`);
  await write('md', table);
  if (report.measured?.growth) await write('svg', growthSvg(report.measured.growth, report.measured.device));
  console.log(`\n${table}\nWritten to ${resolve(folder, name)}.json, .md${report.measured?.growth ? ', .svg' : ''}`);
  return 0;
}

async function inChromium({ options, peers, adapter }: BenchArgs, root: string): Promise<Omit<BenchReport, 'commit'>> {
  const built = peers ? await buildPeers(root) : null;
  const say = (line: string) => console.log(line);
  return withPage({ root, html: 'bench.html', files: [], adapter, exposed: { glimpseSay: say } }, async page => {
    const runtime = `Chromium ${page.context().browser()?.version() ?? ''}`;
    const date = new Date().toISOString();
    const result = unwrap(await page.evaluate(job => window.glimpseBench(job), { options, peers: built }));
    return { date, runtime, options, ...result };
  });
}
