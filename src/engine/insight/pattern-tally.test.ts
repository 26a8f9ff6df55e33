import { expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { patternLayout, rowLargest } from '#reference/patterns.ts';
import { PatternTally } from './pattern-tally.ts';

test('image after image comes to what the whole layout is', () => {
  const [images, patches, K, show, top] = [17, 5, 7, 4, 3];
  const rng = new Rng(3);
  // Rounded, so that there are equals.
  const logits = Array.from({ length: images * patches * K }, () => Math.round(8 * rng.normal()) / 8);
  const winners = rowLargest(logits, images * patches, K);
  const tally = new PatternTally(K, top);
  for (let image = 0; image < images; image++) {
    const own = winners.slice(image * patches, (image + 1) * patches);
    tally.add(image, own.map(w => w.column), own.map(w => w.value));
  }
  const want = patternLayout(logits, images, patches, K, show, top);
  expect(tally.largest(show).map(({ prototype, count, best }) => ({ prototype, count, best: best.map(({ image, token, logit }) => ({ image, patch: token, logit })) }))).toEqual(want);
  expect(tally.tokens).toBe(images * patches);
  expect(tally.used).toBe(new Set(winners.map(w => w.column)).size);
});

test('images count once for each prototype they have, however often; prototypes without a token are none', () => {
  const tally = new PatternTally(9, 2);
  tally.add(0, [4, 4, 2], [1, 3, 0]);
  tally.add(1, [4, 4, 4], [2, 1, 0]);
  expect(tally.largest(9)).toEqual([
    { prototype: 4, count: 5, images: 2, best: [{ image: 0, token: 1, logit: 3 }, { image: 1, token: 0, logit: 2 }] },
    { prototype: 2, count: 1, images: 1, best: [{ image: 0, token: 2, logit: 0 }] },
  ]);
});
