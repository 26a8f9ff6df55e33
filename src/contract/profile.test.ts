import { expect, test } from 'vitest';
import { type KernelProfile, kernelRows, type ProfileReport, stepTotals } from './profile.ts';
import { bufferName, caveats, cells, originText, profileMarkdown, profileRows, totalsText } from './profile-text.ts';

const kernel = (k: Partial<KernelProfile>): KernelProfile => ({ kernel: 'x', use: '', count: 1, milliseconds: 1, flops: 0, bytes: 0, ...k });

const REPORT: ProfileReport = {
  device: 'a device', step: 12, images: 8, stepMs: 50, gpuMs: 42, waitMs: 5, encodeMs: 1, coarse: false, dispatches: 12, submits: 2,
  bytes: 3 * 2 ** 20, buffers: [{ label: 'student', bytes: 2 ** 20 }, { label: 'micro-batch pre|hidden', bytes: 2 ** 19 }],
  peak: { flops: 4e11, bandwidth: 2e10 },
  kernels: [
    kernel({ kernel: 'gemm_tile', use: 'forward', count: 10, milliseconds: 30, flops: 3e9, bytes: 1e8 }),
    kernel({ kernel: 'layernorm_forward', count: 2, milliseconds: 10, bytes: 1e8 }),
  ],
};
const BLIND: ProfileReport = { ...REPORT, step: null, stepMs: null, waitMs: null, encodeMs: null, kernels: REPORT.kernels.map(k => ({ ...k, milliseconds: null })) };

test('operations are held against multiply-adds, bytes against copying, times against the sum of times', () => {
  const [product, norm] = kernelRows(REPORT);
  expect(product).toMatchObject({ name: 'Products, forward', measure: 'operations', rate: 1e11, ofPeak: 0.25, share: 0.75 });
  expect(norm).toMatchObject({ name: 'LayerNorm forward', measure: 'bytes', rate: 1e10, ofPeak: 0.5, share: 0.25 });
  expect(cells(product!)).toEqual(['Products, forward', '75.0 %', '30.00 ms', '10', '100.0 GFLOP/s', '25.0 %']);
  expect(cells(norm!)).toEqual(['LayerNorm forward', '25.0 %', '10.00 ms', '2', '10.00 GB/s', '50.0 %']);
});

test('the whole step is by the clock where one was taken', () => {
  expect(stepTotals(REPORT)).toEqual({ milliseconds: 50, flops: 3e9, rate: 6e10, ofPeak: 0.15, gpuShare: 0.84, waitShare: 0.1, encodeShare: 0.02 });
  expect(stepTotals(BLIND)).toMatchObject({ milliseconds: 42, gpuShare: null, waitShare: null, encodeShare: null });
  const line = (p: ProfileReport, name: string) => totalsText(p).find(t => t.name === name);
  expect(line(REPORT, 'Waiting for data')).toEqual({ name: 'Waiting for data', value: '5.000 ms', note: '10.0 % of the step' });
  expect(line(REPORT, 'Work')).toEqual({ name: 'Work', value: '3.000 GFLOP', note: '12 dispatches, 2 submits' });
  expect(line(BLIND, 'Waiting for data')?.value).toBe('–');
});

test('without timestamps it says so and shows counts and work', () => {
  expect(caveats(REPORT)).toEqual([]);
  expect(caveats(BLIND)).toHaveLength(1);
  expect(caveats(BLIND)[0]).toContain('timestamp-query');
  expect(caveats({ ...REPORT, coarse: true })[0]).toContain('rounds');
  expect(kernelRows(BLIND)[0]).toMatchObject({ share: null, rate: null, ofPeak: null, count: 10 });
  expect(cells(kernelRows(BLIND)[0]!)).toEqual(['Products, forward', '–', '–', '10', '–', '–']);
  expect(profileRows(BLIND)[1]).toEqual(['Products, forward', 'gemm_tile', 10, '', '', 3e9, 1e8, '', 'FLOP/s', '']);
});

test('as Markdown and as rows', () => {
  const text = profileMarkdown(REPORT);
  expect(text).toContain('### a device, at step 12 of a run');
  expect(text).toContain('| Products, forward | 75.0 % | 30.00 ms | 10 | 100.0 GFLOP/s | 25.0 % |');
  expect(text).toContain('- GPU memory: 3.000 MiB (largest: 1.000 MiB)');
  expect(originText(BLIND)).toBe('on noise, without a run');
  const [head, ...rows] = profileRows(REPORT);
  expect(rows).toHaveLength(2);
  expect(rows.every(r => r.length === head!.length)).toBe(true);
  expect(bufferName('student')).toBe('student');
  expect(bufferName('micro-batch pre|hidden')).toBe('micro-batch pre and others in turn');
});
