// Trains the tiny preset on the sample images with 32-bit and with 16-bit storage, from the same seeds, on Dawn in Node:
//   node docs/half-storage.mjs [steps] [batch] [seeds]
// Prints a line of JSON for each run: losses and gradient norm averaged over tenths of the run. Needs the packages of
// bench/node (`npm ci --ignore-scripts` there) and an adapter with shader-f16.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { create, globals } from '../bench/node/node_modules/webgpu/index.js';

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
const server = await createServer({
  root: fileURLToPath(new URL('..', import.meta.url)), configFile: false, appType: 'custom', logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false }, optimizeDeps: { noDiscovery: true },
});
const load = name => server.ssrLoadModule(`/src/${name}.ts`);
const { Gpu } = await load('engine/gpu/device');
const { Trainer } = await load('engine/ibot/trainer');
const { schedulesAt } = await load('engine/ibot/schedule');
const { drawSample } = await load('engine/data/sample');
const { drawViews } = await load('engine/data/views');
const { BatchOrder } = await load('engine/run/order');
const { preset } = await load('contract/config');
const { Rng } = await load('lib/rng');

const [steps = 200, batch = 16, seeds = 2] = process.argv.slice(2).map(Number);
const pictures = Array.from({ length: 256 }, (_, i) => {
  const side = 48;
  return { width: side, height: side, data: drawSample(i, 0, side).pixels };
});
const gpu = await Gpu.open();
for (let seed = 0; seed < seeds; seed++) {
  for (const halfStorage of [false, true]) {
    const config = { ...preset('tiny'), batchSize: batch, steps, seed, kernels: 'fixed', halfStorage };
    const trainer = await Trainer.create(gpu, config, new Rng(seed, 1));
    const order = new BatchOrder(new Rng(seed, 2), pictures.length, batch);
    const views = new Rng(seed, 3);
    const streams = { masks: new Rng(seed, 4), dropPath: new Rng(seed, 5) };
    const numbers = [];
    const start = performance.now();
    for (let step = 0; step < steps; step++) {
      const chosen = order.next().map(i => pictures[i]);
      const taken = await trainer.train(chosen, drawViews(views, config, chosen), schedulesAt(config, step), streams);
      numbers.push(await taken.numbers);
    }
    const tenth = key => Array.from({ length: 10 }, (_, i) => {
      const part = numbers.slice(Math.round(i * steps / 10), Math.round((i + 1) * steps / 10));
      return Number((part.reduce((sum, n) => sum + n[key], 0) / part.length).toFixed(4));
    });
    console.log(JSON.stringify({ seed, halfStorage, dino: tenth('dino'), ibot: tenth('ibot'), gradNorm: tenth('gradNorm'), secondsAStep: Number(((performance.now() - start) / 1000 / steps).toFixed(3)) }));
    trainer.destroy();
  }
}
process.exit(0);
