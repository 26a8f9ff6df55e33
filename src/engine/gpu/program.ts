/**
 * A program: a list of dispatches planned once and replayed. Temporaries share buffers where their
 * lifetimes don't overlap; bind groups are made once; what changes from run to run (`Live`) goes
 * through one small write of parameters.
 */
import type { Gpu, Kernel, KernelSource } from './device.ts';
import { GpuError } from './device.ts';
import type { ParamField } from './wgsl.ts';

/**
 * A piece of GPU memory: words at an offset of a buffer. Temporaries get theirs when the program is built.
 * Where `half`, a word holds two 16-bit floats.
 */
export interface Tensor { label: string; words: number; buffer: GPUBuffer | null; offset: number; half?: boolean }

export type Values = Record<string, number>;
/** Workgroups: a number is folded over two dimensions where it exceeds the limit of one. */
export type Groups = number | readonly [number, number, number];

/** What a dispatch has to do at least, however it is computed. */
export interface Work {
  /** Floating-point operations, multiply and add as two. */
  flops?: number;
  /** Bytes that are read or written once; by default the size of everything bound. */
  bytes?: number;
  /** Tells the uses of one kernel apart, in words. */
  use?: string;
}

/** A dispatch as a profile sees it. */
export interface DispatchWork extends Required<Work> { kernel: string }
export interface DispatchTime extends DispatchWork { nanoseconds: number }

/** A program with the parameters of its last run, so that it can be run again to be timed. */
export interface Replay {
  /** Of the dispatches that such a run has, in order. */
  work(): DispatchWork[];
  profile(): Promise<DispatchTime[]>;
  /** Milliseconds of one of so many runs. */
  time(repeats: number): Promise<number>;
}

export interface Dispatch<Live> {
  kernel: KernelSource;
  /** Bindings 1, 2, ... in order; binding 0 is Params where the kernel has one. */
  bind: Tensor[];
  params?: Values | ((live: Live) => Values);
  groups: Groups | ((live: Live) => Groups);
  work?: Work | ((live: Live) => Work);
}

/** Copies `words` words of `from` to `to`, starting there at word `at`. */
export interface Copy<Live> { from: Tensor; to: Tensor; at: (live: Live) => number; words: (live: Live) => number }

type Step<Live> = { dispatch: Dispatch<Live> } | { clear: Tensor } | { copy: Copy<Live> };

interface Planned<Live> {
  dispatch: Dispatch<Live>;
  kernel: Kernel;
  group: GPUBindGroup;
  groups: Groups | ((live: Live) => Groups);
  live: { values: (live: Live) => Values; at: number } | null;
}

const SLOT = 256; // bytes: the alignment every device accepts for a uniform binding
const MAX_GROUPS = 65535;
/** What a byte moved costs beside an operation: about as much on every device that was measured. */
const OPERATIONS_PER_BYTE = 10;

export class Program<Live = void> {
  private steps: Step<Live>[] = [];
  private temporaries: Tensor[] = [];
  private planned: (Planned<Live> | { clear: Tensor } | { copy: Copy<Live> })[] = [];
  private owned: GPUBuffer[] = [];
  private reserved = false;
  private destroyed = false;
  private liveBuffer: GPUBuffer | null = null;
  private cuts: { parts: number; before: ReadonlySet<number> } | null = null;
  private mirror = new DataView(new ArrayBuffer(0));
  readonly gpu: Gpu;
  readonly label: string;

  constructor(gpu: Gpu, label: string) {
    this.gpu = gpu;
    this.label = label;
  }

  /** A temporary of so many numbers: its content lives from its first to its last use in one run. */
  temp(label: string, numbers: number, half = false): Tensor {
    const t: Tensor = { label, words: half ? numbers / 2 : numbers, buffer: null, offset: 0, ...(half ? { half } : {}) };
    this.temporaries.push(t);
    return t;
  }

  add(dispatch: Dispatch<Live>): void {
    this.steps.push({ dispatch });
  }

  clear(tensor: Tensor): void {
    this.steps.push({ clear: tensor });
  }

  copy(copy: Copy<Live>): void {
    this.steps.push({ copy });
  }

  get dispatches(): number {
    return this.steps.filter(s => 'dispatch' in s).length;
  }

  /** Bytes of the temporaries after sharing, known once built. */
  get bytes(): number {
    return this.owned.reduce((sum, b) => sum + b.size, 0);
  }

  /** Places temporaries, compiles kernels, makes bind groups; nothing more once it is destroyed meanwhile. Throws GpuError. */
  async build(): Promise<this> {
    this.reserve();
    const kernels = await Promise.all(this.steps.map(s => 'dispatch' in s ? this.gpu.kernel(s.dispatch.kernel) : null));
    if (this.destroyed) return this;
    const isLive = (d: Dispatch<Live>) => typeof d.params === 'function';
    const count = (live: boolean) => this.steps.filter(s => 'dispatch' in s && s.dispatch.params && isLive(s.dispatch) === live).length;
    const uniform = (what: string, slots: number) => {
      const b = this.gpu.buffer(`${this.label} ${what}`, Math.max(1, slots) * SLOT / 4, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      this.owned.push(b);
      return b;
    };
    const fixedBuffer = uniform('params', count(false));
    this.liveBuffer = uniform('live params', count(true));
    const fixed = new DataView(new ArrayBuffer(fixedBuffer.size));
    this.mirror = new DataView(new ArrayBuffer(this.liveBuffer.size));
    let fixedAt = 0;
    let liveAt = 0;
    this.gpu.device.pushErrorScope('validation');
    this.planned = this.steps.map((s, i) => {
      if (!('dispatch' in s)) return s;
      const d = s.dispatch;
      const kernel = kernels[i]!;
      const entries: GPUBindGroupEntry[] = [];
      let live: Planned<Live>['live'] = null;
      if (d.params) {
        const size = Math.ceil(kernel.fields.length / 4) * 16;
        if (typeof d.params === 'function') {
          entries.push({ binding: 0, resource: { buffer: this.liveBuffer!, offset: liveAt, size } });
          live = { values: d.params, at: liveAt };
          liveAt += SLOT;
        } else {
          pack(kernel, d.params, fixed, fixedAt);
          entries.push({ binding: 0, resource: { buffer: fixedBuffer, offset: fixedAt, size } });
          fixedAt += SLOT;
        }
      }
      d.bind.forEach((t, j) => {
        if (!t.buffer) throw new GpuError(`"${t.label}" in "${kernel.name}" has no memory: it belongs to another program.`);
        entries.push({ binding: j + 1, resource: { buffer: t.buffer, offset: t.offset, size: Math.ceil(t.words / 4) * 16 } });
      });
      const group = this.gpu.device.createBindGroup({ label: `${this.label} ${kernel.name}`, layout: kernel.pipeline.getBindGroupLayout(0), entries });
      return { dispatch: d, kernel, group, groups: d.groups, live };
    });
    const fault = await this.gpu.device.popErrorScope();
    if (this.destroyed) return this;
    if (fault) throw new GpuError(`Program "${this.label}" can't be bound: ${fault.message}`);
    this.gpu.device.queue.writeBuffer(fixedBuffer, 0, fixed.buffer as ArrayBuffer);
    return this;
  }

  /** Allocates the temporaries, if `build` didn't yet. Throws GpuError. */
  reserve(): void {
    if (!this.reserved) this.place();
    this.reserved = true;
  }

  /** Largest first, each temporary takes the first buffer that nobody living at the same time uses. */
  private place(): void {
    const life = new Map<Tensor, [number, number]>();
    this.steps.forEach((s, i) => {
      for (const t of 'clear' in s ? [s.clear] : 'copy' in s ? [s.copy.from, s.copy.to] : s.dispatch.bind) {
        const span = life.get(t);
        if (span) span[1] = i; else life.set(t, [i, i]);
      }
    });
    const places: { words: number; tenants: Tensor[] }[] = [];
    for (const t of this.temporaries.filter(x => life.has(x)).sort((a, b) => b.words - a.words)) {
      const [from, to] = life.get(t)!;
      const free = places.find(p => p.tenants.every(u => life.get(u)![1] < from || life.get(u)![0] > to));
      if (free) free.tenants.push(t);
      else places.push({ words: t.words, tenants: [t] });
    }
    for (const p of places) {
      const buffer = this.gpu.buffer(`${this.label} ${p.tenants.map(t => t.label).join('|')}`.slice(0, 120), p.words);
      this.owned.push(buffer);
      for (const t of p.tenants) t.buffer = buffer;
    }
  }

  /** Writes the live parameters to the queue and encodes the dispatches; with `timed`, each in a timed pass of its own. */
  encode(encoder: GPUCommandEncoder, live: Live, timed?: () => GPUComputePassTimestampWrites): void {
    this.record(encoder, live, timed);
  }

  /**
   * The same in about so many submits of equal work, so that none holds the device up for long. The last is left to the
   * caller: its encoder is returned. No dispatch is cut.
   */
  encodeInParts(encoder: GPUCommandEncoder, live: Live, parts: number): GPUCommandEncoder {
    if (parts <= 1) return this.record(encoder, live);
    if (this.cuts?.parts !== parts) this.cuts = { parts, before: this.cutsFor(live, parts) };
    return this.record(encoder, live, undefined, this.cuts.before);
  }

  /** The dispatches before which a part ends, counted among those that run. */
  private cutsFor(live: Live, parts: number): Set<number> {
    const costs = this.work(live).map(w => w.flops + OPERATIONS_PER_BYTE * w.bytes);
    const share = costs.reduce((sum, c) => sum + c, 0) / parts;
    const before = new Set<number>();
    let sum = 0;
    costs.forEach((cost, i) => {
      if (i > 0 && Math.floor((sum + cost / 2) / share) > before.size) before.add(i);
      sum += cost;
    });
    return before;
  }

  private record(encoder: GPUCommandEncoder, live: Live, timed?: () => GPUComputePassTimestampWrites, cuts?: ReadonlySet<number>): GPUCommandEncoder {
    let ran = 0;
    let any = false;
    for (const p of this.planned) {
      if (!('kernel' in p) || !p.live) continue;
      pack(p.kernel, p.live.values(live), this.mirror, p.live.at);
      any = true;
    }
    if (any) this.gpu.device.queue.writeBuffer(this.liveBuffer!, 0, this.mirror.buffer as ArrayBuffer);
    let pass: GPUComputePassEncoder | null = null;
    for (const p of this.planned) {
      if ('clear' in p) {
        pass?.end();
        pass = null;
        encoder.clearBuffer(p.clear.buffer!, p.clear.offset, Math.ceil(p.clear.words / 4) * 16);
        continue;
      }
      if ('copy' in p) {
        pass?.end();
        pass = null;
        const { from, to, at, words } = p.copy;
        if (words(live)) encoder.copyBufferToBuffer(from.buffer!, from.offset, to.buffer!, to.offset + 4 * at(live), 4 * words(live));
        continue;
      }
      const [x, y, z] = fold(typeof p.groups === 'function' ? p.groups(live) : p.groups);
      if (x * y * z === 0) continue;
      const cut = cuts?.has(ran++);
      if (timed || cut) pass?.end();
      if (timed || cut) pass = null;
      if (cut) {
        this.gpu.device.queue.submit([encoder.finish()]);
        encoder = this.gpu.device.createCommandEncoder({ label: this.label });
      }
      pass ??= encoder.beginComputePass({ label: this.label, ...(timed ? { timestampWrites: timed() } : {}) });
      pass.setPipeline(p.kernel.pipeline);
      pass.setBindGroup(0, p.group);
      pass.dispatchWorkgroups(x, y, z);
    }
    pass?.end();
    return encoder;
  }

  /** One run in one submit. */
  run(live: Live): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: this.label });
    this.encode(encoder, live);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /**
   * Milliseconds of one of `repeats` runs in one submit: by GPU timestamps around them where the device has some,
   * else by the clock from the submit to its end.
   */
  async time(live: Live, repeats: number): Promise<number> {
    const { device } = this.gpu;
    const stamps = device.features.has('timestamp-query') ? new Stamps(this.gpu, 2) : null;
    await device.queue.onSubmittedWorkDone();
    const encoder = device.createCommandEncoder({ label: `${this.label} timed` });
    if (stamps) encoder.beginComputePass({ timestampWrites: { querySet: stamps.sets[0]!, beginningOfPassWriteIndex: 0 } }).end();
    for (let i = 0; i < repeats; i++) this.encode(encoder, live);
    if (stamps) encoder.beginComputePass({ timestampWrites: { querySet: stamps.sets[0]!, endOfPassWriteIndex: 1 } }).end();
    stamps?.resolve(encoder);
    const commands = encoder.finish();
    const start = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    const wall = performance.now() - start;
    const [from = 0n, to = 0n] = stamps ? await stamps.read() : [];
    // Some drivers leave the stamps of empty passes out.
    const gpu = Number(to - from) / 1e6;
    return (gpu > 0 && gpu <= wall ? gpu : wall) / repeats;
  }

  /** The work of the dispatches that a run with these parameters has, in order. */
  work(live: Live): DispatchWork[] {
    const ran = this.planned.filter(p => 'kernel' in p).filter(p => {
      const [x, y, z] = fold(typeof p.groups === 'function' ? p.groups(live) : p.groups);
      return x * y * z > 0;
    });
    return ran.map(({ dispatch: d, kernel }) => {
      const work = typeof d.work === 'function' ? d.work(live) : d.work;
      return { kernel: kernel.name, flops: 0, bytes: d.bind.reduce((sum, t) => sum + 4 * t.words, 0), use: '', ...work };
    });
  }

  /**
   * One run with a timestamp around every dispatch: GPU nanoseconds of each, in order. Needs the feature
   * timestamp-query; slower than a plain run, since every dispatch gets a pass of its own.
   */
  async profile(live: Live): Promise<DispatchTime[]> {
    const { device } = this.gpu;
    const ran = this.work(live);
    const stamps = new Stamps(this.gpu, 2 * ran.length);
    const encoder = device.createCommandEncoder({ label: `${this.label} profile` });
    this.encode(encoder, live, () => stamps.next());
    stamps.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    const times = await stamps.read();
    return ran.map((work, i) => ({ ...work, nanoseconds: Number(times[2 * i + 1]! - times[2 * i]!) }));
  }

  replay(live: Live): Replay {
    return { work: () => this.work(live), profile: () => this.profile(live), time: repeats => this.time(live, repeats) };
  }

  destroy(): void {
    this.destroyed = true;
    for (const b of this.owned) this.gpu.release(b);
    this.owned = [];
  }
}

const MOST_STAMPS = 4096; // a query set holds no more

/** An even number of timestamps of one submit. */
class Stamps {
  readonly sets: GPUQuerySet[];
  private readonly gpu: Gpu;
  private readonly buffer: GPUBuffer;
  private readonly count: number;
  private used = 0;

  constructor(gpu: Gpu, count: number) {
    this.gpu = gpu;
    this.count = Math.max(2, count);
    this.sets = Array.from({ length: Math.ceil(this.count / MOST_STAMPS) }, (_, i) =>
      gpu.device.createQuerySet({ label: 'stamps', type: 'timestamp', count: Math.min(MOST_STAMPS, this.count - i * MOST_STAMPS) }));
    this.buffer = gpu.buffer('stamps', 2 * this.count, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  }

  /** The next two, around a pass. */
  next(): GPUComputePassTimestampWrites {
    const at = this.used % MOST_STAMPS;
    const querySet = this.sets[Math.floor(this.used / MOST_STAMPS)]!;
    this.used += 2;
    return { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }

  resolve(encoder: GPUCommandEncoder): void {
    this.sets.forEach((set, i) => encoder.resolveQuerySet(set, 0, set.count, this.buffer, 8 * MOST_STAMPS * i));
  }

  /** In nanoseconds, once; frees them. */
  async read(): Promise<BigInt64Array> {
    const times = new BigInt64Array(await this.gpu.read(this.buffer, 2 * this.count));
    for (const set of this.sets) set.destroy();
    this.gpu.release(this.buffer);
    return times;
  }
}

function fold(groups: Groups): readonly [number, number, number] {
  if (typeof groups !== 'number') return groups;
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const rows = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}

function pack(kernel: Kernel, values: Values, view: DataView, at: number): void {
  const given = Object.keys(values);
  if (given.length !== kernel.fields.length) {
    throw new GpuError(`Kernel "${kernel.name}" takes ${kernel.fields.map((f: ParamField) => f.name).join(', ')}, got ${given.join(', ')}.`);
  }
  kernel.fields.forEach((f, i) => {
    const v = values[f.name];
    if (v === undefined) throw new GpuError(`Kernel "${kernel.name}" wants the parameter "${f.name}", got ${given.join(', ')}.`);
    if (f.type === 'f32') view.setFloat32(at + 4 * i, v, true);
    else if (f.type === 'u32') view.setUint32(at + 4 * i, v, true);
    else view.setInt32(at + 4 * i, v, true);
  });
}
