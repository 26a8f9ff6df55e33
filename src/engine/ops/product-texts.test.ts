import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRODUCT_TEXTS } from './product-texts.ts';

test('every kernel and fragment that products are made of is among the texts, as it is in its file', () => {
  const ops = readFileSync(new URL('./gemm.ts', import.meta.url), 'utf8');
  const used = [...ops.matchAll(/from '#(shaders\/[\w/]+\.wgsl)\?raw'/g)].map(m => m[1]!);
  expect(used.length).toBeGreaterThan(5);
  const texts = new Map(PRODUCT_TEXTS);
  for (const path of used) expect(texts.get(`/${path}`), path).toBe(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
});
