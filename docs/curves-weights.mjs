// Writes the starting weights of Glimpse's runs of docs/curves.md, by their names in timm and lightly, for docs/curves-reference.py.
// usage: node docs/curves-weights.mjs SEED > weights-SEED.json
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const options = { root: fileURLToPath(new URL('..', import.meta.url)), configFile: false, logLevel: 'error' };
const load = async path => (await runnerImport(path, options)).module;
const { preset } = await load('./src/contract/config.ts');
const { initialWeights, parameterLayout, unpack } = await load('./src/engine/model/parameters.ts');
const { Rng } = await load('./src/lib/rng.ts');

const config = { ...preset('tiny'), patchSize: 8, embedDim: 64, depth: 3, numHeads: 4, prototypes: 256, headHidden: 128, headBottleneck: 32 };
const layout = parameterLayout(config);
const WEIGHTS = 1; // the stream of random numbers that a run draws its weights from
const weights = initialWeights(layout, config, new Rng(Number(process.argv[2] ?? 0), WEIGHTS));
process.stdout.write(JSON.stringify(Object.fromEntries(layout.specs.map(spec => [spec.name, { shape: spec.shape, values: [...unpack(spec, weights)] }]))));
