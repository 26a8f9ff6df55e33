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
/** What outputs hold before a run where they are to be set: an entry left out shows. 16 bits hold it too. */
export const UNWRITTEN = 30_000;
const UNWRITTEN_HALF = 0x7753;

/** Rows that share a factor of stochastic depth in these trials. */
export const ROWS_PER_SEQUENCE = 64;

/** Words that epilogues are named by. A product with another one can't be tried. */
export const EPILOGUES: ReadonlySet<string> = new Set(['BIAS', 'GELU', 'RESIDUAL', 'GAMMA', 'BRANCH', 'DROP', 'GELU_BACKWARD', 'A_HALF', 'B_HALF', 'C_HALF']);

export const epilogueOf = (p: Product): ReadonlySet<string> => new Set(p.epilogue.split(' ').filter(Boolean));

/** What a tensor of a trial is to the product: read, set by it, or added to; `half` with 16 bits a number. */
interface Use { numbers: number; output?: 'set' | 'added'; half?: boolean }

function usesOf(p: Product): Record<string, Use> {
  const on = epilogueOf(p);
  const [halfA, halfB, halfC] = ['A', 'B', 'C'].map(x => on.has(`${x}_HALF`) ? { half: true } : {});
  if (p.form === 'gradient') {
    return {
      a: { numbers: p.rows * p.k, ...halfA }, b: { numbers: p.rows * p.n, ...halfB }, out: { numbers: p.k * p.n, output: 'added' },
      ...(on.has('BIAS') ? { bias: { numbers: p.k, output: 'added' as const } } : {}),
    };
  }
  const all = p.rows * p.n;
  return {
    a: { numbers: p.rows * p.k, ...halfA }, b: { numbers: p.n * p.k, ...halfB }, out: { numbers: all, output: 'set', ...halfC },
    ...(on.has('BIAS') ? { bias: { numbers: p.n } } : {}),
    ...(on.has('GELU') ? { pre: { numbers: all, output: 'set' as const } } : {}),
    ...(on.has('GELU_BACKWARD') ? { pre: { numbers: all } } : {}),
    ...(on.has('GAMMA') ? { gamma: { numbers: p.n } } : {}),
    ...(on.has('DROP') ? { drop: { numbers: Math.ceil(p.rows / ROWS_PER_SEQUENCE) } } : {}),
    ...(on.has('RESIDUAL') ? { residual: { numbers: all } } : {}),
    ...(on.has('BRANCH') ? { branch: { numbers: all, output: 'set' as const } } : {}),
  };
}

type Format = 'whole' | 'half';
const formatOf = (t: { half?: boolean }): Format => t.half ? 'half' : 'whole';

export class Operands {
  readonly product: Product;
  private readonly gpu: Gpu;
  private readonly tensors = new Map<string, Tensor & { start: number; output: Use['output'] }>();
  /** Twice the block, so that a block's length can be taken from any place in it. */
  private readonly noise: Record<Format, Float32Array>;
  private readonly sources: Record<`${'noise' | 'unwritten'} ${Format}`, GPUBuffer>;

  /** Throws GpuError where a tensor is larger than this device binds; room that is missing is an error of the device. */
  constructor(gpu: Gpu, product: Product) {
    this.gpu = gpu;
    this.product = product;
    const rng = new Rng(1);
    const block = Float32Array.from({ length: PERIOD }, () => rng.uniform(-1, 1));
    const twice = (v: Float32Array) => Float32Array.from({ length: 2 * PERIOD }, (_, i) => v[i % PERIOD]!);
    // Eleven bits are what 16-bit floats have: nothing is rounded when they are packed.
    this.noise = { whole: twice(block), half: twice(block.map(v => Math.trunc(1024 * v) / 1024)) };
    // Halves come in pairs, so their block is two of them; it is taken from even places.
    const halves = Uint16Array.from({ length: 4 * PERIOD }, (_, i) => packHalf(this.noise.half[i % PERIOD]!));
    const source = (label: string, data: Float32Array | Uint16Array) => {
      const buffer = gpu.buffer(`trial ${label}`, data.byteLength / 4);
      gpu.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>);
      return buffer;
    };
    this.sources = {
      'noise whole': source('noise', this.noise.whole), 'noise half': source('noise', halves),
      'unwritten whole': source('unwritten', new Float32Array(PERIOD).fill(UNWRITTEN)), 'unwritten half': source('unwritten', new Uint16Array(2 * PERIOD).fill(UNWRITTEN_HALF)),
    };
    try {
      Object.entries(usesOf(product)).forEach(([name, { numbers, output, half = false }], i) => {
        const words = 4 * quads(half ? numbers / 2 : numbers);
        const t = { label: `trial ${name}`, words, buffer: gpu.buffer(`trial ${name}`, words), offset: 0, start: (7918 * (i + 1)) % (PERIOD - 1), output };
        this.tensors.set(name, half ? { ...t, half } : t);
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
    const t = this.tensors.get(name)!;
    return this.noise[formatOf(t)][(t.start + i) % PERIOD]!;
  }

  /** Puts noise into what is read or added to, UNWRITTEN into what is set. */
  fill(which: 'all' | 'outputs'): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: 'trial fill' });
    for (const t of this.tensors.values()) {
      if (which === 'outputs' && !t.output) continue;
      const from = this.sources[`${t.output === 'set' ? 'unwritten' : 'noise'} ${formatOf(t)}`];
      const offset = t.output === 'set' ? 0 : (t.half ? 2 : 4) * t.start;
      for (let at = 0; at < t.words; at += PERIOD) encoder.copyBufferToBuffer(from, offset, t.buffer!, 4 * at, 4 * Math.min(PERIOD, t.words - at));
    }
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  isHalf(name: string): boolean {
    return !!this.get(name).half;
  }

  /** These rows, each `width` numbers, of each of these tensors; in their order. */
  async readRows(asked: readonly { name: string; width: number; rows: readonly number[] }[]): Promise<Float32Array[][]> {
    const { device } = this.gpu;
    const bytesOf = (a: { name: string; width: number }) => (this.isHalf(a.name) ? 2 : 4) * a.width;
    const size = asked.reduce((sum, a) => sum + bytesOf(a) * a.rows.length, 0);
    const staging = device.createBuffer({ label: 'trial rows', size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder({ label: 'trial rows' });
    let at = 0;
    for (const a of asked) for (const row of a.rows) {
      encoder.copyBufferToBuffer(this.get(a.name).buffer!, row * bytesOf(a), staging, at, bytesOf(a));
      at += bytesOf(a);
    }
    device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      const all = staging.getMappedRange().slice(0);
      at = 0;
      return asked.map(a => a.rows.map(() => {
        const from = at;
        at += bytesOf(a);
        return this.isHalf(a.name) ? Float32Array.from(new Uint16Array(all, from, a.width), unpackHalf) : new Float32Array(all, from, a.width);
      }));
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

/** Bits of a 16-bit float; `v` is a multiple of 1/1024 between -1 and 1. */
function packHalf(v: number): number {
  if (v === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(v)));
  return (v < 0 ? 0x8000 : 0) | (exponent + 15) << 10 | (Math.abs(v) / 2 ** exponent - 1) * 1024;
}

function unpackHalf(bits: number): number {
  const [exponent, fraction] = [bits >> 10 & 31, bits & 1023];
  const size = exponent === 31 ? (fraction ? NaN : Infinity) : exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}
