import { expect, test } from 'vitest';
import { profileLines } from './profile-table.ts';

test('shares are of the time on the GPU', () => {
  const lines = profileLines({
    device: 'a device', milliseconds: 50, encodeMilliseconds: 1, dispatches: 12, bytes: 3 * 2 ** 20, flops: 2e9,
    kernels: [{ kernel: 'gemm', count: 10, milliseconds: 30 }, { kernel: 'norm', count: 2, milliseconds: 10 }],
  });
  expect(lines[0]).toBe('a device: 50.0 ms a micro-batch, 40.00 GFLOP/s over 2.00 GFLOP');
  expect(lines[1]).toBe('12 dispatches, 3.0 MiB on the GPU, encoding takes 1.0 ms (2.0 %)');
  expect(lines.slice(4)).toEqual(['gemm    75.0 %     30.00          10', 'norm    25.0 %     10.00           2']);
});
