/** Gives Node WebGPU through Dawn, so that GPU tests also run where no browser does: on any Vulkan, Metal or D3D12 device. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const path = join(process.cwd(), 'bench/node/node_modules/webgpu/index.js');
const { create, globals } = await import(/* @vite-ignore */ pathToFileURL(path).href) as { create: (flags: string[]) => GPU; globals: Record<string, unknown> };
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });

// Vite gives the address of a file under the root, as a browser would ask for it.
const fetchElsewhere = globalThis.fetch;
globalThis.fetch = async (input, init) =>
  typeof input === 'string' && input.startsWith('/') ? new Response(new Uint8Array(await readFile(join(process.cwd(), input)))) : fetchElsewhere(input, init);
