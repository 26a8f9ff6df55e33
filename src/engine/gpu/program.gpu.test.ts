/** Programs: parameters, temporaries that share memory, clears, copies, and many workgroups. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gpu, type KernelSource } from './device.ts';
import { Program, type Tensor } from './program.ts';
import { download, tensor, upload } from './tensor.ts';

let gpu: Gpu;
beforeAll(async () => { gpu = await Gpu.open(); });
afterAll(() => gpu.destroy());

/** to = from * factor + shift, word by word. */
const AFFINE: KernelSource = {
  name: 'affine', constants: {},
  source: `struct Params { words: u32, factor: f32, shift: i32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<f32>;
@group(0) @binding(#) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn affine(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.words) { y[id.x] = x[id.x] * params.factor + f32(params.shift); }
}`,
};

/** Adds 1 at the index of each workgroup, folded or not. */
const COUNT: KernelSource = {
  name: 'tally', constants: {},
  source: `struct Params { most: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1)
fn tally(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u) {
  let i = wid.x + wid.y * count.x;
  if (i < params.most) { x[i] += 1u; }
}`,
};

const affine = <L>(p: Program<L>, from: Tensor, to: Tensor, factor: number, shift: number) =>
  p.add({ kernel: AFFINE, bind: [from, to], params: { words: 4, factor, shift }, groups: 1 });

async function withTensors(words: number[], body: (tensors: Tensor[]) => Promise<void>): Promise<void> {
  const tensors = words.map((w, i) => tensor(gpu, `t${i}`, w));
  try {
    await body(tensors);
  } finally {
    for (const t of tensors) gpu.release(t.buffer!);
  }
}

describe('a program', () => {
  test('gives the same in several submits, of about equal work', () => withTensors([4, 4], async ([x, y]) => {
    upload(gpu, x!, Float32Array.of(1, 2, 3, 4));
    const p = new Program(gpu, 'parts');
    const t = p.temp('t', 4);
    affine(p, x!, t, 1, 1);
    for (let i = 0; i < 9; i++) p.add({ kernel: AFFINE, bind: [t, y!], params: { words: 4, factor: 2, shift: 0 }, groups: i === 4 ? 0 : 1 });
    await p.build();
    for (const [parts, submits] of [[1, 0], [3, 2], [9, 8], [50, 8]] as const) {
      upload(gpu, y!, new Float32Array(4));
      let count = 0;
      const { queue } = gpu.device;
      const submit = queue.submit.bind(queue);
      queue.submit = commands => { count++; submit(commands); };
      const last = p.encodeInParts(gpu.device.createCommandEncoder(), undefined, parts);
      queue.submit = submit;
      expect(count).toBe(submits);
      queue.submit([last.finish()]);
      expect([...await download(gpu, y!)]).toEqual([4, 6, 8, 10]);
    }
    p.destroy();
  }));

  test('runs in order through temporaries, which share memory where they can', () => withTensors([4, 4], async ([x, y]) => {
    upload(gpu, x!, Float32Array.of(1, 2, 3, 4));
    const before = gpu.allocated;
    const p = new Program(gpu, 'chain');
    const [a, b, c] = [p.temp('a', 1024), p.temp('b', 1024), p.temp('c', 1024)];
    affine(p, x!, a, 2, 0);
    affine(p, a, b, 1, -3);
    affine(p, b, c, 10, 0);
    affine(p, c, y!, 1, 1);
    await p.build();
    expect(p.dispatches).toBe(4);
    expect(a.buffer).toBe(c.buffer);
    expect(a.buffer).not.toBe(b.buffer);
    expect(p.bytes).toBe(gpu.allocated - before);
    expect(p.bytes).toBeLessThan(3 * 4096);
    p.run();
    expect([...await download(gpu, y!)]).toEqual([-9, 11, 31, 51]);
    p.destroy();
    expect(gpu.allocated).toBe(before);
  }));

  test('takes what changes from run to run', () => withTensors([4, 4], async ([x, y]) => {
    interface Live { factor: number; groups: number }
    upload(gpu, x!, Float32Array.of(1, 2, 3, 4));
    const p = new Program<Live>(gpu, 'live');
    p.add({ kernel: AFFINE, bind: [x!, y!], params: l => ({ words: 3, factor: l.factor, shift: -1 }), groups: l => l.groups });
    p.add({ kernel: AFFINE, bind: [y!, x!], params: l => ({ words: 1, factor: l.factor, shift: 0 }), groups: l => l.groups });
    await p.build();
    p.run({ factor: 2, groups: 1 });
    p.run({ factor: 5, groups: 0 });
    expect([...await download(gpu, y!)]).toEqual([1, 3, 5, 0]);
    p.run({ factor: 5, groups: 1 });
    expect([...await download(gpu, y!)]).toEqual([9, 9, 14, 0]);
    expect([...await download(gpu, x!)]).toEqual([45, 2, 3, 4]);
    p.destroy();
  }));

  test('clears and copies between dispatches', () => withTensors([4, 8], async ([x, y]) => {
    upload(gpu, x!, Float32Array.of(1, 2, 3, 4));
    upload(gpu, y!, new Float32Array(8).fill(7));
    const p = new Program<{ at: number; words: number }>(gpu, 'copy');
    const a = p.temp('a', 4);
    affine(p, x!, a, 3, 0);
    p.copy({ from: a, to: y!, at: l => l.at, words: l => l.words });
    p.clear(x!);
    affine(p, x!, a, 1, 5);
    p.copy({ from: a, to: y!, at: () => 0, words: () => 1 });
    await p.build();
    p.run({ at: 5, words: 2 });
    expect([...await download(gpu, y!)]).toEqual([5, 7, 7, 7, 7, 3, 6, 7]);
    expect([...await download(gpu, x!)]).toEqual([0, 0, 0, 0]);
    p.run({ at: 2, words: 0 });
    expect([...await download(gpu, y!)]).toEqual([5, 7, 7, 7, 7, 3, 6, 7]);
    p.destroy();
  }));

  test.each([65535, 65536, 70001])('reaches each of %i workgroups once', count => withTensors([count], async ([x]) => {
    const p = new Program(gpu, 'many');
    p.add({ kernel: COUNT, bind: [x!], params: { most: count }, groups: count });
    await p.build();
    p.run();
    const got = new Uint32Array((await download(gpu, x!)).buffer);
    expect(got.findIndex(v => v !== 1)).toBe(-1);
    p.destroy();
  }));
});

test('destroyed while it is built, it asks nothing more of the device and leaves nothing behind', async () => {
  const faults: string[] = [];
  const hear = (event: Event) => { faults.push((event as GPUUncapturedErrorEvent).error.message); };
  gpu.device.addEventListener('uncapturederror', hear);
  await withTensors([4], async ([t]) => {
    const before = gpu.allocated;
    for (const turns of [0, 1, 3, 10, 30]) {
      const p = new Program(gpu, 'given up');
      p.add({ kernel: COUNT, bind: [t!], params: { most: 1 }, groups: 1 });
      const built = p.build();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      p.destroy();
      await built;
      expect(gpu.allocated).toBe(before);
    }
  });
  await gpu.device.queue.onSubmittedWorkDone();
  gpu.device.removeEventListener('uncapturederror', hear);
  expect(faults).toEqual([]);
});

describe('mistakes are named', () => {
  const build = (plan: (p: Program, t: Tensor) => void) => withTensors([4], async ([t]) => {
    const p = new Program(gpu, 'wrong');
    plan(p, t!);
    try {
      await p.build();
    } finally {
      p.destroy();
    }
  });
  test('parameters that the kernel does not have, and those that are missing', async () => {
    await expect(build((p, t) => p.add({ kernel: COUNT, bind: [t], params: { least: 4 }, groups: 1 })))
      .rejects.toThrow('Kernel "tally" wants the parameter "most", got least.');
    await expect(build((p, t) => p.add({ kernel: COUNT, bind: [t], params: { most: 4, more: 1 }, groups: 1 })))
      .rejects.toThrow('Kernel "tally" takes most, got most, more.');
  });
  test('a temporary of another program', () =>
    expect(build(p => p.add({ kernel: COUNT, bind: [new Program(gpu, 'other').temp('lost', 4)], params: { most: 4 }, groups: 1 })))
      .rejects.toThrow('"lost" in "tally" has no memory: it belongs to another program.'));
  test('a binding too many', () =>
    expect(build((p, t) => p.add({ kernel: COUNT, bind: [t, t], params: { most: 4 }, groups: 1 }))).rejects.toThrow('Program "wrong" can\'t be bound'));
});
