/**
 * What the parts of the sample pictures' things are made of: fur, planks, bricks, leaves. As in nature a part is known by its
 * texture, its shape and how light it is, while its hue is drawn anew for every picture.
 */
import type { Rng } from '#lib/rng.ts';
import { bricks, checks, clouds, dots, lines, scales, stripes, zigzag, type Texture } from './sample-paint.ts';
import { turn } from './sample-shapes.ts';

interface Material {
  /**
   * Lightness, as OKLab has it. Fixed, for how light the parts of a thing are beside each other outlasts nearly all changes of colour that
   * views make: drawn anew for every picture, it would tell pictures apart, and a network that is to tell them apart would learn that and not the kinds.
   */
  tone: number;
  /** None: plain. */
  texture?: (rng: Rng) => Texture;
  /** Periods to a length of 1: half of the thing. */
  scale?: number;
  /** Turns, from the thing's own axes. */
  angle?: number;
}

const LEVEL = 0.25;
const DIAGONAL = 0.125;

/** By kind and part. Fine textures: one to two periods to 8 px of a picture of 64, mostly. */
const MATERIALS: Readonly<Record<string, Material>> = {
  'bird body': { tone: 0.72, texture: dots, scale: 4 },
  'bird head': { tone: 0.5 },
  'bird wing': { tone: 0.5, texture: stripes, scale: 3.4, angle: DIAGONAL },
  'bird tail': { tone: 0.4, texture: stripes, scale: 5.5, angle: DIAGONAL },
  'bird beak': { tone: 0.75 },
  'bird legs': { tone: 0.42 },
  'bird eye': { tone: 0.5 },
  'boat hull': { tone: 0.42, texture: stripes, scale: 4.4, angle: LEVEL },
  'boat mast': { tone: 0.4 },
  'boat sail': { tone: 0.8, texture: lines, scale: 3.2 },
  'boat flag': { tone: 0.54 },
  'car body': { tone: 0.66, texture: checks, scale: 2.6 },
  'car window': { tone: 0.82, texture: stripes, scale: 4, angle: DIAGONAL },
  'car wheel': { tone: 0.36, texture: dots, scale: 7 },
  'car light': { tone: 0.8 },
  'cup body': { tone: 0.7, texture: zigzag, scale: 3.6 },
  'cup handle': { tone: 0.52 },
  'cup opening': { tone: 0.4 },
  'cup saucer': { tone: 0.76, texture: stripes, scale: 4.5 },
  'fish body': { tone: 0.54, texture: scales, scale: 3.6 },
  'fish tail': { tone: 0.46, texture: stripes, scale: 6.5, angle: LEVEL },
  'fish fin': { tone: 0.76, texture: stripes, scale: 6.5 },
  'fish eye': { tone: 0.5 },
  'flower petals': { tone: 0.76, texture: clouds, scale: 3 },
  'flower center': { tone: 0.42, texture: checks, scale: 5 },
  'flower stem': { tone: 0.52 },
  'flower leaf': { tone: 0.42, texture: zigzag, scale: 5, angle: LEVEL },
  'house wall': { tone: 0.78, texture: bricks, scale: 2.8 },
  'house roof': { tone: 0.48, texture: zigzag, scale: 3.6, angle: LEVEL },
  'house door': { tone: 0.4, texture: stripes, scale: 5 },
  'house window': { tone: 0.66 },
  'house chimney': { tone: 0.52 },
  'key bow': { tone: 0.54, texture: checks, scale: 3.2, angle: DIAGONAL },
  'key shaft': { tone: 0.5, texture: stripes, scale: 4 },
  'key bit': { tone: 0.4 },
  'lamp shade': { tone: 0.74, texture: lines, scale: 4, angle: DIAGONAL },
  'lamp stand': { tone: 0.42 },
  'lamp base': { tone: 0.52, texture: stripes, scale: 2.6 },
  'lamp bulb': { tone: 0.9 },
  'tree crown': { tone: 0.54, texture: clouds, scale: 8 },
  'tree trunk': { tone: 0.4, texture: stripes, scale: 7 },
  'tree fruit': { tone: 0.74 },
};

function materialOf(kind: string, part: string): Material {
  const material = MATERIALS[`${kind} ${part}`];
  if (!material) throw new Error(`What the part "${part}" of the kind "${kind}" is made of isn't known.`);
  return material;
}

export const toneOf = (kind: string, part: string): number => materialOf(kind, part).tone;

/** The texture of a part, a little different in each picture; null where it is plain. */
export function textureOf(rng: Rng, kind: string, part: string): Texture | null {
  const { texture: make, scale: periods = 1, angle = 0 } = materialOf(kind, part);
  if (!make) return null;
  const scale = periods * rng.uniform(0.88, 1.14);
  const [cos, sin] = turn(angle + rng.uniform(-0.015, 0.015));
  const [dx, dy] = [rng.next(), rng.next()];
  const texture = make(rng);
  return (u, v) => texture((u * cos - v * sin) * scale + dx, (u * sin + v * cos) * scale + dy);
}
