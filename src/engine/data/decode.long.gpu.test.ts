import { expect, it } from 'vitest';
import { decodeMutated, encode, FORMATS } from '#testing/mutated-images.ts';

it('5,000 mutated images: each decodes within the limits or gives a reason, none takes a second', async () => {
  const images = await Promise.all(FORMATS.map(type => encode(64, 48, type)));
  const fates = await decodeMutated(5000, images);
  expect(Math.min(fates.decoded, fates.refused), JSON.stringify(fates)).toBeGreaterThan(400);
});
