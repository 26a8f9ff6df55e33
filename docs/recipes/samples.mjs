// Draws sample pictures for lab.py, or prints a preset as it reads one:
//   node docs/recipes/samples.mjs draw NAME [train] [held out] [size] [seed]    writes NAME.pixels, NAME.parts and NAME.json, of which pack.py makes a file
//   node docs/recipes/samples.mjs preset NAME
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = async path => (await runnerImport(path, { root, configFile: false, logLevel: 'error' })).module;

const [verb, name, ...numbers] = process.argv.slice(2);
if (!name || !['draw', 'preset'].includes(verb)) {
  console.error('Usage: node docs/recipes/samples.mjs draw NAME [train] [held out] [size] [seed] | preset NAME');
  process.exitCode = 2;
} else if (verb === 'preset') {
  const { preset } = await load('./src/contract/config.ts');
  console.log(JSON.stringify(preset(name)));
} else {
  const [train = 3000, held = 500, size = 64, seed = 0] = numbers.map(Number);
  const { drawSample, SAMPLE_PARTS, SAMPLE_KINDS } = await load('./src/engine/data/sample.ts');
  const area = size * size;
  const [pixels, parts, kinds] = [Buffer.alloc((train + held) * area * 3), Buffer.alloc((train + held) * area), []];
  const began = performance.now();
  for (let i = 0; i < train + held; i++) {
    const picture = drawSample(i, seed, size);
    for (let p = 0; p < area; p++) for (let c = 0; c < 3; c++) pixels[(i * area + p) * 3 + c] = picture.pixels[4 * p + c];
    parts.set(picture.parts, i * area);
    kinds.push(picture.kind);
  }
  console.error(`${((performance.now() - began) / (train + held)).toFixed(2)} ms a picture`);
  writeFileSync(`${name}.pixels`, pixels);
  writeFileSync(`${name}.parts`, parts);
  const kindOfPart = SAMPLE_PARTS.map(part => 1 + SAMPLE_KINDS.indexOf(part.split(' ')[0])); // 0 is the background
  writeFileSync(`${name}.json`, JSON.stringify({ train, held, size, seed, kinds, kindOfPart }));
}
