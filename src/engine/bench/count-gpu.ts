/** Counts what any code does with WebGPU, ours or others': by wrapping the methods that all of it goes through. */

export interface GpuCount {
  dispatches: number; submits: number;
  /** Bytes of the buffers alive, and the most there were. */
  bytes: number; peak: number;
}

/* eslint-disable-next-line typescript/no-explicit-any -- methods of every signature are wrapped alike */
type Method = (...args: any[]) => any;

const counts = new WeakMap<GPUDevice, GpuCount>();
const owners = new WeakMap<object, GPUDevice>();

/** What was counted of a device so far; live, so copy what is to be kept. */
export function countOf(device: GPUDevice): GpuCount {
  let count = counts.get(device);
  if (!count) counts.set(device, count = { dispatches: 0, submits: 0, bytes: 0, peak: 0 });
  return count;
}

/** Begins to count on every device opened from now on. Returns a function that ends it. */
export function countGpu(): () => void {
  const undo: (() => void)[] = [];
  const wrap = <T extends object>(type: { prototype: T }, name: keyof T & string, around: (self: T, call: () => unknown, args: unknown[]) => unknown) => {
    const prototype = type.prototype as Record<string, unknown>;
    const original = prototype[name] as Method;
    prototype[name] = function (this: T, ...args: unknown[]) {
      return around(this, () => original.apply(this, args), args);
    };
    undo.push(() => { prototype[name] = original; });
  };
  const countedBy = (self: object): GpuCount | null => {
    const device = owners.get(self);
    return device ? countOf(device) : null;
  };
  wrap(GPUDevice, 'createBuffer', (device, call) => {
    const buffer = call() as GPUBuffer;
    owners.set(buffer, device);
    const count = countOf(device);
    count.bytes += buffer.size;
    count.peak = Math.max(count.peak, count.bytes);
    return buffer;
  });
  wrap(GPUBuffer, 'destroy', (buffer, call) => {
    const count = countedBy(buffer);
    if (count) count.bytes -= buffer.size;
    owners.delete(buffer);
    return call();
  });
  wrap(GPUDevice, 'createCommandEncoder', (device, call) => {
    const encoder = call() as GPUCommandEncoder;
    owners.set(encoder, device);
    owners.set(device.queue, device);
    return encoder;
  });
  wrap(GPUCommandEncoder, 'beginComputePass', (encoder, call) => {
    const pass = call() as GPUComputePassEncoder;
    const device = owners.get(encoder);
    if (device) owners.set(pass, device);
    return pass;
  });
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
    wrap(GPUComputePassEncoder, name, (pass, call) => {
      const count = countedBy(pass);
      if (count) count.dispatches++;
      return call();
    });
  }
  wrap(GPUQueue, 'submit', (queue, call) => {
    const count = countedBy(queue);
    if (count) count.submits++;
    return call();
  });
  return () => { for (const back of undo.reverse()) back(); };
}
