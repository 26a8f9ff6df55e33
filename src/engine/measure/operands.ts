/** Memory for one product with noise in it, and what each entry of the result should be. */
import { Rng } from '#lib/rng.ts';
import { type Gpu, GpuError } from '#engine/gpu/device.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { quads } from '#engine/gpu/tensor.ts';
import type { Product } from '#engine/ops/tiles.ts';

/**
 * Noise is one block repeated. Its length is a prime, so rows of no width repeat within it; every tensor starts
 * elsewhere in it. So any entry is known without keeping a copy of the tensors.
 */
const PERIOD = 65_521;
/** What outputs hold before a run where they are to be set: an entry left out shows. */
export const UNWRITTEN = 31_337.5;

/** Rows that share a factor of stochastic depth in these trials. */
export const ROWS_PER_SEQUENCE = 64;

/** Words that epilogues are named by. A product with another one can't be tried. */
export const EPILOGUES: ReadonlySet<string> = new Set(['BIAS', 'GELU', 'RESIDUAL', 'GAMMA', 'BRANCH', 'DROP', 'GELU_BACKWARD']);

export const epilogueOf = (p: Product): ReadonlySet<string> => new Set(p.epilogue.split(' ').filter(Boolean));

/** What a tensor of a trial is to the product: read, set by it, or added to. */
interface Use { words: number; output?: 'set' | 'added' }

function usesOf(p: Product): Record<string, Use> {
  const on = epilogueOf(p);
  if (p.form === 'gradient') {
    return {
      a: { words: p.rows * p.k }, b: { words: p.rows * p.n }, out: { words: p.k * p.n, output: 'added' },
      ...(on.has('BIAS') ? { bias: { words: p.k, output: 'added' as const } } : {}),
    };
  }
  const all = p.rows * p.n;
  return {
    a: { words: p.rows * p.k }, b: { words: p.n * p.k }, out: { words: all, output: 'set' },
    ...(on.has('BIAS') ? { bias: { words: p.n } } : {}),
    ...(on.has('GELU') ? { pre: { words: all, output: 'set' as const } } : {}),
    ...(on.has('GELU_BACKWARD') ? { pre: { words: all } } : {}),
    ...(on.has('GAMMA') ? { gamma: { words: p.n } } : {}),
    ...(on.has('DROP') ? { drop: { words: Math.ceil(p.rows / ROWS_PER_SEQUENCE) } } : {}),
    ...(on.has('RESIDUAL') ? { residual: { words: all } } : {}),
    ...(on.has('BRANCH') ? { branch: { words: all, output: 'set' as const } } : {}),
  };
}

export class Operands {
  readonly product: Product;
  private readonly gpu: Gpu;
  private readonly tensors = new Map<string, Tensor & { start: number; output: Use['output'] }>();
  private readonly noise: Float32Array;
  private readonly sources: { noise: GPUBuffer; unwritten: GPUBuffer };

  /** Throws GpuError where a tensor is larger than this device binds; room that is missing is an error of the device. */
  constructor(gpu: Gpu, product: Product) {
    this.gpu = gpu;
    this.product = product;
    const rng = new Rng(1);
    const block = Float32Array.from({ length: PERIOD }, () => rng.uniform(-1, 1));
    this.noise = new Float32Array(2 * PERIOD);
    this.noise.set(block);
    this.noise.set(block, PERIOD);
    this.sources = { noise: gpu.buffer('trial noise', 2 * PERIOD), unwritten: gpu.buffer('trial unwritten', PERIOD) };
    gpu.device.queue.writeBuffer(this.sources.noise, 0, this.noise);
    gpu.device.queue.writeBuffer(this.sources.unwritten, 0, new Float32Array(PERIOD).fill(UNWRITTEN));
    try {
      Object.entries(usesOf(product)).forEach(([name, { words, output }], i) => {
        this.tensors.set(name, { label: `trial ${name}`, words: 4 * quads(words), buffer: gpu.buffer(`trial ${name}`, words), offset: 0, start: (7919 * (i + 1)) % PERIOD, output });
      });
    } catch (e) {
      this.destroy();
      throw e;
    }
    this.fill('all');
  }

  get(name: string): Tensor {
    const t = this.tensors.get(name);
    if (!t) throw new GpuError(`The product "${this.product.form} ${this.product.epilogue}" has no tensor "${name}".`);
    return t;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Entry `i` of a tensor as it is before a run. */
  before(name: string, i: number): number {
    return this.noise[(this.tensors.get(name)!.start + i) % PERIOD]!;
  }

  /** Puts noise into what is read or added to, UNWRITTEN into what is set. */
  fill(which: 'all' | 'outputs'): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: 'trial fill' });
    for (const t of this.tensors.values()) {
      if (which === 'outputs' && !t.output) continue;
      const [from, offset] = t.output === 'set' ? [this.sources.unwritten, 0] : [this.sources.noise, 4 * t.start];
      for (let at = 0; at < t.words; at += PERIOD) encoder.copyBufferToBuffer(from, offset, t.buffer!, 4 * at, 4 * Math.min(PERIOD, t.words - at));
    }
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** These rows, each `width` words, of each of these tensors; in their order. */
  async readRows(asked: readonly { name: string; width: number; rows: readonly number[] }[]): Promise<Float32Array[][]> {
    const { device } = this.gpu;
    const words = asked.reduce((sum, a) => sum + a.width * a.rows.length, 0);
    const staging = device.createBuffer({ label: 'trial rows', size: 4 * words, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder({ label: 'trial rows' });
    let at = 0;
    for (const { name, width, rows } of asked) for (const row of rows) {
      encoder.copyBufferToBuffer(this.get(name).buffer!, 4 * row * width, staging, 4 * at, 4 * width);
      at += width;
    }
    device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      const all = new Float32Array(staging.getMappedRange().slice(0));
      at = 0;
      return asked.map(({ width, rows }) => rows.map(() => all.subarray(at, at += width)));
    } finally {
      staging.destroy();
    }
  }

  destroy(): void {
    for (const t of this.tensors.values()) this.gpu.release(t.buffer!);
    for (const b of Object.values(this.sources)) this.gpu.release(b);
    this.tensors.clear();
  }
}
