/** Gives Node WebGPU through Dawn, so that GPU tests also run where no browser does: on any Vulkan, Metal or D3D12 device. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const path = join(process.cwd(), 'bench/node/node_modules/webgpu/index.js');
const { create, globals } = await import(/* @vite-ignore */ pathToFileURL(path).href) as { create: (flags: string[]) => GPU; globals: Record<string, unknown> };
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
