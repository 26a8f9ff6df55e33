/** Device, memory and compiler messages, on a real adapter. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gpu, GpuError, type KernelSource } from './device.ts';
import { download, padded, part, quads, tensor, upload } from './tensor.ts';

let gpu: Gpu;
beforeAll(async () => { gpu = await Gpu.open(); });
afterAll(() => gpu.destroy());

const kernel = (source: string, constants: KernelSource['constants'] = {}): KernelSource => ({ name: 'fill', source, constants });
const FILL = '@group(0) @binding(#) var<storage, read_write> x: array<u32>;\n@compute @workgroup_size(1)\nfn fill() { x[0] = N; }';

describe('opening', () => {
  test('asks for what the adapter has, or for the defaults alone', async () => {
    const bare = await Gpu.open({ defaultLimits: true });
    expect(bare.device.features.has('subgroups' as GPUFeatureName)).toBe(false);
    expect(bare.subgroupSize).toBe(0);
    expect(bare.device.limits.maxStorageBuffersPerShaderStage).toBe(8);
    expect(gpu.device.limits.maxStorageBufferBindingSize).toBe(gpu.adapter.limits.maxStorageBufferBindingSize);
    expect(gpu.name).not.toBe('');
    bare.destroy();
  });
  test('says what to do without WebGPU, and without an adapter', async () => {
    const nothing = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(Gpu.open({}, nothing)).rejects.toThrow(/no graphics adapter answers.*hardware acceleration/);
    await expect(Gpu.open({}, null as unknown as GPU)).rejects.toThrow(GpuError);
    await expect(Gpu.open({}, null as unknown as GPU)).rejects.toThrow(/offers no WebGPU. Use a current Chrome/);
  });
});

describe('memory', () => {
  test('is zeroed, counted and given back', async () => {
    const before = gpu.allocated;
    const t = tensor(gpu, 'five', 5);
    expect(gpu.allocated - before).toBe(32);
    expect([...await download(gpu, t)]).toEqual([0, 0, 0, 0, 0]);
    gpu.release(t.buffer!);
    expect(gpu.allocated).toBe(before);
  });
  test('parts are views', async () => {
    const t = tensor(gpu, 'whole', 200);
    const p = part(t, 'part', 128, 3);
    upload(gpu, p, Float32Array.of(1, 2, 3));
    upload(gpu, p, Float32Array.of(9), 1);
    expect([...await download(gpu, p)]).toEqual([1, 9, 3]);
    expect([...(await download(gpu, t)).subarray(127, 132)]).toEqual([0, 1, 9, 3, 0]);
    expect([...await download(gpu, part(p, 'part of a part', 64, 2))]).toEqual([0, 0]);
    expect(() => part(t, 'odd', 65, 1)).toThrow('"odd" starts at word 65 of "whole", must be a multiple of 64.');
    gpu.release(t.buffer!);
  });
  test('more than a binding holds is refused in words', () => {
    const before = gpu.allocated;
    const words = Math.min(gpu.device.limits.maxBufferSize, gpu.device.limits.maxStorageBufferBindingSize) / 4 + 4;
    expect(() => tensor(gpu, 'logits', words)).toThrow(/"logits" needs \d+ MiB, this device binds at most \d+ MiB. Choose a smaller/);
    expect(gpu.allocated).toBe(before);
  });
  test('quads and padding', () => {
    expect([0, 1, 4, 5].map(quads)).toEqual([0, 1, 1, 2]);
    expect([0, 1, 4, 5].map(padded)).toEqual([0, 4, 4, 8]);
  });
});

describe('kernels', () => {
  test('are compiled once per text and constants', async () => {
    expect(gpu.kernel(kernel(FILL, { N: 1 }))).toBe(gpu.kernel(kernel(FILL, { N: 1 })));
    expect(gpu.kernel(kernel(FILL, { N: 2 }))).not.toBe(gpu.kernel(kernel(FILL, { N: 1 })));
    expect((await gpu.kernel(kernel(FILL, { N: 1 }))).name).toBe('fill');
  });
  test('a fault in one names it and quotes the line', async () => {
    await expect(gpu.kernel(kernel(FILL.replace('x[0] = N', 'x[0] = nowhere')))).rejects.toThrow(/Kernel "fill" doesn't compile on [^]*\n {2}line \d+: .*nowhere.*\n {4}fn fill/);
    await expect(gpu.kernel(kernel(FILL.replace('fn fill', 'fn other'), { N: 1 }))).rejects.toThrow(GpuError);
  });
});
