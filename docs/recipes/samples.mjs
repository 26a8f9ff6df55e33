// Draws sample pictures for lab.py, or prints a preset:
//   node docs/recipes/samples.mjs draw OUT [train] [held out] [size] [seed]    writes OUT.bin, which `pack.py` turns into OUT.npz
//   node docs/recipes/samples.mjs preset NAME
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = async path => (await runnerImport(path, { root, configFile: false, logLevel: 'error' })).module;

const [verb, name, ...numbers] = process.argv.slice(2);
if (verb === 'preset') {
  console.log(JSON.stringify((await load('./src/contract/config.ts')).preset(name)));
} else {
  const [train = 2000, held = 500, size = 64, seed = 0] = numbers.map(Number);
  const { drawSample, SAMPLE_PARTS, SAMPLE_KINDS } = await load('./src/engine/data/sample.ts');
  const [pixels, parts, kinds] = [Buffer.alloc((train + held) * size * size * 3), Buffer.alloc((train + held) * size * size), []];
  const began = performance.now();
  for (let i = 0; i < train + held; i++) {
    const picture = drawSample(i, seed, size);
    for (let p = 0; p < size * size; p++) for (let c = 0; c < 3; c++) pixels[(i * size * size + p) * 3 + c] = picture.pixels[4 * p + c];
    parts.set(picture.parts, i * size * size);
    kinds.push(picture.kind);
  }
  console.error(`${((performance.now() - began) / (train + held)).toFixed(2)} ms a picture`);
  writeFileSync(`${name}.pixels`, pixels);
  writeFileSync(`${name}.parts`, parts);
  const kindOfPart = SAMPLE_PARTS.map(part => 1 + SAMPLE_KINDS.indexOf(part.split(' ')[0]));
  writeFileSync(`${name}.json`, JSON.stringify({ train, held, size, seed, kinds, kindOfPart, parts: SAMPLE_PARTS }));
}
