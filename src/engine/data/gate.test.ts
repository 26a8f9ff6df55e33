import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

it('keeps the weights within the capacity, lets a heavier task run alone, and survives failures', async () => {
  const gate = new Gate(10);
  let inUse = 0;
  let most = 0;
  const order: number[] = [];
  const weights = [4, 4, 4, 25, 1, 9, 1, 10, 3];
  const results = await Promise.allSettled(weights.map((weight, i) => gate.run(weight, async () => {
    if (weight > 10) expect(inUse).toBe(0);
    inUse += weight;
    most = Math.max(most, weight > 10 ? 0 : inUse);
    order.push(i);
    await new Promise<void>(resolve => setImmediate(resolve));
    inUse -= weight;
    if (i === 1) throw new Error('failed');
    return i;
  })));
  expect(most).toBeLessThanOrEqual(10);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(results.map(({ status }) => status).filter(status => status === 'rejected')).toHaveLength(1);
});
