/**
 * What the parts of the sample pictures' things are made of: fur, planks, bricks, leaves. As in nature a part is known by its
 * texture and its shape, while its colours are drawn anew for every picture.
 */
import type { Rng } from '#lib/rng.ts';
import { bricks, checks, clouds, dots, stripes, type Texture } from './sample-paint.ts';
import { turn } from './sample-shapes.ts';

interface Pattern {
  draw: (rng: Rng) => Texture;
  /** Periods to a length of 1: half of the thing. */
  scale: number;
  /** Turns, from the thing's own axes. */
  angle?: number;
}

const UPRIGHT = 0;
const LEVEL = 0.25;
const DIAGONAL = 0.125;

/** By kind and part. A part that isn't named is plain. */
const PATTERNS: Readonly<Record<string, Pattern>> = {
  'bird body': { draw: dots, scale: 2.8 },
  'bird wing': { draw: stripes, scale: 3, angle: DIAGONAL },
  'bird tail': { draw: stripes, scale: 2.4, angle: UPRIGHT },
  'boat hull': { draw: stripes, scale: 3.4, angle: LEVEL },
  'boat sail': { draw: stripes, scale: 1.8, angle: UPRIGHT },
  'car body': { draw: checks, scale: 2.2 },
  'car wheel': { draw: dots, scale: 4 },
  'cup body': { draw: dots, scale: 1.6 },
  'cup saucer': { draw: stripes, scale: 2, angle: UPRIGHT },
  'fish body': { draw: checks, scale: 3.4, angle: DIAGONAL },
  'fish tail': { draw: stripes, scale: 2.6, angle: LEVEL },
  'fish fin': { draw: stripes, scale: 3.6, angle: DIAGONAL },
  'flower petals': { draw: clouds, scale: 2 },
  'flower center': { draw: checks, scale: 4 },
  'flower leaf': { draw: stripes, scale: 3.4, angle: UPRIGHT },
  'house wall': { draw: bricks, scale: 2.2 },
  'house roof': { draw: stripes, scale: 3, angle: UPRIGHT },
  'key bow': { draw: stripes, scale: 2.2, angle: DIAGONAL },
  'key shaft': { draw: stripes, scale: 3.2, angle: UPRIGHT },
  'lamp shade': { draw: stripes, scale: 1.3, angle: UPRIGHT },
  'lamp base': { draw: checks, scale: 3 },
  'tree crown': { draw: clouds, scale: 4 },
  'tree trunk': { draw: stripes, scale: 4, angle: UPRIGHT },
};

/** The texture of a part, a little different in each picture; null where it is plain. */
export function textureOf(rng: Rng, kind: string, part: string): Texture | null {
  const pattern = PATTERNS[`${kind} ${part}`];
  if (!pattern) return null;
  const scale = pattern.scale * rng.uniform(0.88, 1.14);
  const [cos, sin] = turn((pattern.angle ?? 0) + rng.uniform(-0.015, 0.015));
  const [dx, dy] = [rng.next(), rng.next()];
  const texture = pattern.draw(rng);
  return (u, v) => texture((u * cos - v * sin) * scale + dx, (u * sin + v * cos) * scale + dy);
}
