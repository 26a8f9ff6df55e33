/** The GPU device, its pipelines and its faults. */
import { expand, paramFields, type Constants, type ParamField } from './wgsl.ts';

export class GpuError extends Error {
  override name = 'GpuError';
}

/** A GPU that has not enough memory left, or binds no buffer so large. */
export class NoRoomError extends GpuError {
  override name = 'NoRoomError';
}

const LOSS_TOLD_MS = 500;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;

/** A kernel before it is compiled: its file's name, its text (fragments first) and its constants. */
export interface KernelSource { name: string; source: string; constants: Constants }

export interface Kernel { name: string; pipeline: GPUComputePipeline; fields: ParamField[] }

export interface GpuOptions {
  /** Ask for no more than WebGPU's default limits and no optional features. */
  defaultLimits?: boolean;
}

const RAISED_LIMITS = [
  'maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX', 'maxStorageBuffersPerShaderStage',
] as const;

export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: GPUAdapter;
  /** Computes on the processor: correct, and much slower. */
  readonly software: boolean;
  /** Lanes per subgroup where that is one fixed number and kernels may use subgroups, else 0. */
  readonly subgroupSize: number;
  /** Whether a kernel can tell its workgroup's subgroups apart, so that a workgroup of several can use them. */
  readonly subgroupIds: boolean;
  /** Bytes of all living buffers. */
  allocated = 0;
  private readonly buffers = new Set<GPUBuffer>();
  private readonly kernels: Map<string, Promise<Kernel>>;
  /** This one and those of which it is a part. */
  private readonly accounts: readonly Gpu[];
  private readonly language: ReadonlySet<string>;
  private gone: GPUDeviceLostInfo | null = null;

  private constructor(adapter: GPUAdapter, device: GPUDevice, language: ReadonlySet<string>, whole: Gpu | null = null) {
    this.accounts = [this, ...(whole?.accounts ?? [])];
    this.kernels = whole?.kernels ?? new Map<string, Promise<Kernel>>();
    this.adapter = adapter;
    this.device = device;
    const info = adapter.info;
    this.software = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
    const fixed = device.features.has('subgroups' as GPUFeatureName) && info.subgroupMinSize === info.subgroupMaxSize;
    this.subgroupSize = fixed ? info.subgroupMinSize : 0;
    this.language = language;
    this.subgroupIds = this.subgroupSize > 0 && language.has('subgroup_id');
    void this.noteLoss();
  }

  private async noteLoss(): Promise<void> {
    this.gone = await this.device.lost;
  }

  /** Throws a GpuError that says what is missing and what to do. */
  static async open(options: GpuOptions = {}, api: GPU | undefined = navigator.gpu): Promise<Gpu> {
    if (!api) throw new GpuError('This browser offers no WebGPU. Use a current Chrome or Edge, Safari 26 or Firefox 145, over https or localhost.');
    const adapter = await api.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new GpuError('WebGPU is there, but no graphics adapter answers. Turn on hardware acceleration in the browser\'s settings, update the graphics driver, and look at chrome://gpu.');
    const wanted = ['subgroups', 'timestamp-query', 'shader-f16'].filter(f => adapter.features.has(f as GPUFeatureName));
    const device = await adapter.requestDevice({
      label: 'glimpse',
      requiredFeatures: (options.defaultLimits ? [] : wanted) as GPUFeatureName[],
      requiredLimits: options.defaultLimits ? {} : Object.fromEntries(RAISED_LIMITS.map(l => [l, adapter.limits[l]])),
    });
    return new Gpu(adapter, device, api.wgslLanguageFeatures);
  }

  /** Why the device is gone; null while it is there. */
  get lost(): GPUDeviceLostInfo | null {
    return this.gone;
  }

  get name(): string {
    const { vendor, architecture, description } = this.adapter.info;
    return [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter';
  }

  /** A storage buffer of `words` 32-bit words, zeroed. Throws NoRoomError where it can't be had or bound. */
  buffer(label: string, words: number, usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST): GPUBuffer {
    const size = Math.max(16, Math.ceil(words / 4) * 16);
    const limit = Math.min(this.device.limits.maxBufferSize, this.device.limits.maxStorageBufferBindingSize);
    if (size > limit) {
      throw new NoRoomError(`"${label}" needs ${(size / 2 ** 20).toFixed(0)} MiB, this device binds at most ${(limit / 2 ** 20).toFixed(0)} MiB. Choose a smaller micro-batch, view size or width.`);
    }
    let buffer: GPUBuffer;
    try {
      buffer = this.device.createBuffer({ label, size, usage });
    } catch (e) {
      throw new NoRoomError(`The GPU has no room for "${label}" (${mebibytes(size)} more, ${mebibytes(this.allocated)} in use): ${e instanceof Error ? e.message : String(e)}`);
    }
    for (const account of this.accounts) {
      account.buffers.add(buffer);
      account.allocated += size;
    }
    return buffer;
  }

  /** The living buffers that take most, largest first. */
  largest(count: number): { label: string; bytes: number }[] {
    return [...this.buffers].sort((a, b) => b.size - a.size).slice(0, count).map(b => ({ label: b.label, bytes: b.size }));
  }

  /**
   * Runs `make` with an account of this GPU: the same device, and a list of what is allocated through it. Where it throws,
   * or there was no room, all of that is freed. Throws NoRoomError, or what `make` throws.
   */
  async allocating<T>(make: (gpu: Gpu) => Promise<T>): Promise<T> {
    const account = new Gpu(this.adapter, this.device, this.language, this);
    this.device.pushErrorScope('out-of-memory');
    const made = await make(account).then(value => ({ value }), (error: unknown) => ({ error }));
    const full = await this.device.popErrorScope();
    if (!('error' in made) && !full) return made.value;
    const asked = this.allocated;
    for (const b of account.buffers) account.release(b);
    // What is bound without memory fails, too: the cause is told, not that.
    if (full) throw new NoRoomError(`The GPU has no room for this configuration (${mebibytes(asked)} asked for): choose a smaller micro-batch, view size, width or depth.`);
    throw (made as { error: unknown }).error;
  }

  release(buffer: GPUBuffer): void {
    for (const account of this.accounts) if (account.buffers.delete(buffer)) account.allocated -= buffer.size;
    buffer.destroy();
  }

  /** Whether what just failed did so because the device is gone: that is told a moment after. */
  async isLost(): Promise<boolean> {
    await Promise.race([this.device.lost, new Promise(resolve => { setTimeout(resolve, LOSS_TOLD_MS); })]);
    return this.lost !== null;
  }

  /** Compiles once per text and constants. Throws GpuError with the compiler's messages. */
  kernel(k: KernelSource): Promise<Kernel> {
    const code = expand(k.source, k.constants);
    let found = this.kernels.get(code);
    if (!found) {
      found = this.compile(k.name, code);
      this.kernels.set(code, found);
    }
    return found;
  }

  private async compile(name: string, code: string): Promise<Kernel> {
    this.device.pushErrorScope('validation');
    const shader = this.device.createShaderModule({ label: name, code });
    const made = this.device.createComputePipelineAsync({ label: name, layout: 'auto', compute: { module: shader, entryPoint: name } })
      .then(pipeline => ({ pipeline }), (error: unknown) => ({ error }));
    const scope = this.device.popErrorScope();
    const [result, fault, info] = await Promise.all([made, scope, shader.getCompilationInfo()]);
    if ('error' in result || fault) {
      const lines = code.split('\n');
      const messages = info.messages.map(m => `  line ${m.lineNum}: ${m.message}\n    ${lines[m.lineNum - 1] ?? ''}`);
      const reason = 'error' in result ? String(result.error) : fault?.message ?? '';
      throw new GpuError(`Kernel "${name}" doesn't compile on ${this.name}: ${reason}\n${messages.join('\n')}`);
    }
    return { name, pipeline: result.pipeline, fields: paramFields(code) };
  }

  /** Reads `words` words of a buffer back. For tests, views and exports, never inside training. */
  async read(buffer: GPUBuffer, words: number, offsetBytes = 0): Promise<ArrayBuffer> {
    const size = Math.ceil(words / 4) * 16;
    const staging = this.buffer('readback', size / 4, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const encoder = this.device.createCommandEncoder({ label: 'readback' });
    encoder.copyBufferToBuffer(buffer, offsetBytes, staging, 0, Math.min(size, buffer.size - offsetBytes));
    this.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      return staging.getMappedRange().slice(0, words * 4);
    } finally {
      this.release(staging);
    }
  }

  destroy(): void {
    this.device.destroy();
  }
}
