import { expect, test } from 'vitest';
import { profileLines } from './profile-table.ts';

test('columns stand below each other, numbers to the right', () => {
  const lines = profileLines({
    device: 'a device', step: null, images: 8, stepMs: 50, gpuMs: 40, waitMs: null, encodeMs: 1, coarse: false, dispatches: 12, submits: 1,
    bytes: 3 * 2 ** 20, buffers: [{ label: 'student', bytes: 2 ** 20 }], peak: { flops: 4e11, bandwidth: 2e10 },
    kernels: [
      { kernel: 'gemm', use: 'forward', count: 10, milliseconds: 30, flops: 3e9, bytes: 0 },
      { kernel: 'norm', use: '', count: 2, milliseconds: 10, flops: 0, bytes: 2e7 },
    ],
  });
  expect(lines[0]).toBe('a device, on noise, without a run');
  expect(lines[1]).toMatch(/^ {2}Step +50\.00 ms {2}8 images, the fastest of some$/);
  const head = lines.findIndex(l => l.startsWith('Kernel'));
  expect(lines.slice(head, head + 3)).toEqual([
    'Kernel              Share      Time  Count          Speed  Of peak',
    'Products, forward  75.0 %  30.00 ms     10  100.0 GFLOP/s   25.0 %',
    'Norm               25.0 %  10.00 ms      2     2.000 GB/s   10.0 %',
  ]);
  expect(lines.at(-1)).toBe('   1.000 MiB  student');
});
