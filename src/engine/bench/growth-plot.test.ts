import { expect, test } from 'vitest';
import { growthSvg } from './growth-plot.ts';
import { lineFit } from './line-fit.ts';

const points = [{ x: 1, ms: 10, bytes: 1 << 20, flops: 1 }, { x: 4, ms: 40, bytes: 3 << 20, flops: 4 }];
const fits = { ms: lineFit([1, 4], [10, 40]), bytes: lineFit([1, 4], [1 << 20, 3 << 20]), msByFlops: lineFit([1, 4], [10, 40]) };

test('draws each point within its panel, on its line, and escapes what it is given', () => {
  const svg = growthSvg({ base: { depth: 4 }, axes: [{ axis: 'batch', unit: 'images', points, fits }] }, 'A<B> & "C"');
  expect(svg).toContain('A&lt;B&gt; &amp; &quot;C&quot;');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(m => [Number(m[1]), Number(m[2])] as const);
  expect(circles).toHaveLength(4);
  const line = /M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)/.exec(svg)!.slice(1).map(Number);
  expect(line).toEqual([...circles[0]!, ...circles[1]!]);
  expect(circles[1]![0]).toBeGreaterThan(circles[0]![0]);
  expect(circles[1]![1], 'more is higher').toBeLessThan(circles[0]![1]);
});
