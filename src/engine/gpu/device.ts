/** The GPU device, its pipelines and its faults. */
import { expand, paramFields, type Constants, type ParamField } from './wgsl.ts';

export class GpuError extends Error {
  override name = 'GpuError';
}

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
  /** Bytes of all living buffers. */
  allocated = 0;
  private kernels = new Map<string, Promise<Kernel>>();
  private readonly buffers = new Set<GPUBuffer>();

  private constructor(adapter: GPUAdapter, device: GPUDevice) {
    this.adapter = adapter;
    this.device = device;
    const info = adapter.info;
    this.software = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
    const fixed = device.features.has('subgroups' as GPUFeatureName) && info.subgroupMinSize === info.subgroupMaxSize;
    this.subgroupSize = fixed ? info.subgroupMinSize : 0;
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
    return new Gpu(adapter, device);
  }

  get name(): string {
    const { vendor, architecture, description } = this.adapter.info;
    return [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter';
  }

  /** A storage buffer of `words` 32-bit words, zeroed. Throws GpuError where it can't be bound. */
  buffer(label: string, words: number, usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST): GPUBuffer {
    const size = Math.max(16, Math.ceil(words / 4) * 16);
    const limit = Math.min(this.device.limits.maxBufferSize, this.device.limits.maxStorageBufferBindingSize);
    if (size > limit) {
      throw new GpuError(`"${label}" needs ${(size / 2 ** 20).toFixed(0)} MiB, this device binds at most ${(limit / 2 ** 20).toFixed(0)} MiB. Choose a smaller micro-batch, view size or width.`);
    }
    const buffer = this.device.createBuffer({ label, size, usage });
    this.buffers.add(buffer);
    this.allocated += size;
    return buffer;
  }

  /** The living buffers that take most, largest first. */
  largest(count: number): { label: string; bytes: number }[] {
    return [...this.buffers].sort((a, b) => b.size - a.size).slice(0, count).map(b => ({ label: b.label, bytes: b.size }));
  }

  release(buffer: GPUBuffer): void {
    this.buffers.delete(buffer);
    this.allocated -= buffer.size;
    buffer.destroy();
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
    const staging = this.device.createBuffer({ label: 'readback', size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.device.createCommandEncoder({ label: 'readback' });
    encoder.copyBufferToBuffer(buffer, offsetBytes, staging, 0, Math.min(size, buffer.size - offsetBytes));
    this.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      return staging.getMappedRange().slice(0, words * 4);
    } finally {
      staging.destroy();
    }
  }

  destroy(): void {
    this.device.destroy();
  }
}
