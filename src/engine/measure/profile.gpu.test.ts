import { expect, test } from 'vitest';
import { preset } from '#contract/config.ts';
import { profileConfig } from './profile.ts';

test('every kernel of a micro-batch is timed, and the times fit in the step', async () => {
  const config = { ...preset('tiny'), imageSize: 16, localSize: 8, embedDim: 24, depth: 1, numHeads: 2, headHidden: 32, headBottleneck: 12, prototypes: 40, localViews: 1, batchSize: 4 };
  const profile = await profileConfig(config);
  const count = (kernel: string) => profile.kernels.find(k => k.kernel === kernel)?.count;
  expect(count('attention_forward')).toBe(2); // teacher and student
  expect(count('attention_backward_key')).toBe(1);
  // The update (squares, AdamW, centers) is no part of a micro-batch.
  expect(profile.kernels.reduce((n, k) => n + k.count, 0)).toBe(profile.dispatches - 3);
  for (const k of profile.kernels) expect(k.milliseconds).toBeGreaterThanOrEqual(0);
  expect(profile.kernels.reduce((ms, k) => ms + k.milliseconds, 0)).toBeGreaterThan(0);
  expect(profile.milliseconds).toBeGreaterThan(profile.encodeMilliseconds);
  expect(profile.bytes).toBeGreaterThan(0);
});
