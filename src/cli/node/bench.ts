/** The benchmark in Node on Dawn: the entry of one bundled file. Prints what it does to the error output, its result to the other. */
import { parseArgs } from 'node:util';
import { runBench } from '#engine/bench/bench.ts';
import { type BenchReport, type Group, GROUPS } from '#engine/bench/records.ts';
import { benchMarkdown } from '#engine/bench/table.ts';

const USAGE = `Usage: node FILE [--only ${GROUPS.join(',')}] [--samples N] [--tiles] [--json] [--dawn FLAG]...

Prints JSON and then a table; with --json the JSON alone. --dawn hands a flag to Dawn, such as backend=vulkan or adapter=NAME.`;

function options(): { report: BenchReport['options']; json: boolean; dawn: string[] } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: GROUPS.join(',') }, samples: { type: 'string', default: '5' }, tiles: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }, dawn: { type: 'string', multiple: true, default: [] },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find(name => !GROUPS.includes(name as Group));
  if (unknown !== undefined) throw new Error(`--only names "${unknown}", must be some of ${GROUPS.join(', ')}.`);
  const samples = Number(values.samples);
  if (!(Number.isInteger(samples) && samples >= 1)) throw new Error(`--samples is "${values.samples}", must be a whole number of at least 1.`);
  return { report: { only: only as Group[], samples, tiles: values.tiles }, json: values.json, dawn: values.dawn };
}

async function main(): Promise<void> {
  const { report, json, dawn } = options();
  const { create, globals } = await import('webgpu').catch((thrown: unknown) => {
    throw new Error(`The package webgpu was not found beside this file: run \`npm install webgpu@0.6.2\` there. ${String(thrown)}`);
  });
  Object.assign(globalThis, globals);
  const gpu = create(dawn);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  const date = new Date().toISOString();
  const measured = await runBench(report, line => console.error(line));
  const result: BenchReport = { date, commit: null, runtime: `Node ${process.versions.node}`, options: report, measured };
  console.log(JSON.stringify(result, null, 1));
  if (!json) console.log(`\n${benchMarkdown(result)}`);
}

// Dawn's threads would keep the process alive.
await main().then(() => process.exit(0), (thrown: unknown) => {
  const known = thrown instanceof Error && (thrown.name === 'GpuError' || thrown.name === 'Error' || 'code' in thrown);
  console.error(known ? `${(thrown as Error).message}\n\n${USAGE}` : thrown);
  process.exit(1);
});
