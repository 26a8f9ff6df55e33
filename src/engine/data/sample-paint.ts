/** Colours and textures of the sample pictures. */
import type { Rng } from '#lib/rng.ts';
import { turn } from './sample-shapes.ts';

/** OKLab (Björn Ottosson 2020): equal distances look equally different. L from 0 to 1, a and b about -0.3 to 0.3. */
export interface Color { L: number; a: number; b: number }

export function polar(L: number, chroma: number, hue: number): Color {
  const [cos, sin] = turn(hue);
  return { L, a: chroma * cos, b: chroma * sin };
}

export const distance = (p: Color, q: Color): number =>
  Math.sqrt((p.L - q.L) * (p.L - q.L) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b));

/** Red, green and blue from 0 to 255. The square root stands for sRGB's curve, as Math.pow may round differently from one machine to the next. */
export function rgb({ L, a, b }: Color): [number, number, number] {
  const cube = (x: number) => x * x * x;
  const l = cube(L + 0.3963377774 * a + 0.2158037573 * b);
  const m = cube(L - 0.1055613458 * a - 0.0638541728 * b);
  const s = cube(L - 0.0894841775 * a - 1.291485548 * b);
  const encode = (linear: number) => 255 * Math.sqrt(Math.min(1, Math.max(0, linear)));
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Share of the second colour at a place of the thing painted, whose own coordinates run from about -1 to 1. */
export type Texture = (u: number, v: number) => number;

/** Base colour, and a second one where the texture says so. */
export interface Paint { base: [number, number, number]; second: [number, number, number]; texture: Texture | null }

export const plain = (color: Color): Paint => ({ base: rgb(color), second: rgb(color), texture: null });

/** A colour near a hue and a lightness, at least `apart` from every one in `others` if a few tries find one, else the farthest tried. */
export function drawColor(rng: Rng, others: readonly Color[], apart: number, hue: number, tone: number): Color {
  let best: Color | null = null;
  let bestGap = -1;
  for (let i = 0; i < 24 && bestGap < apart; i++) {
    const color = polar(tone + rng.uniform(-0.04, 0.04), rng.uniform(0.03, 0.17), hue + rng.uniform(-0.08, 0.08) * (1 + i / 3));
    const gap = Math.min(1, ...others.map(other => distance(color, other)));
    if (gap > bestGap) [best, bestGap] = [color, gap];
  }
  return best!;
}

/** A colour close to `color`: dark ones get one `step` lighter, light ones one as much darker, its hue kept about. */
export function neighbour(rng: Rng, { L, a, b }: Color, step: number): Color {
  const fade = rng.uniform(0.7, 1.3);
  return { L: L + (L < 0.6 ? step : -step), a: a * fade + rng.uniform(-0.02, 0.02), b: b * fade + rng.uniform(-0.02, 0.02) };
}

const fraction = (x: number) => x - Math.floor(x);

/** A fixed pattern of numbers in [0, 1) on the whole-number grid. */
function lattice(x: number, y: number, salt: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ salt;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function noise(x: number, y: number, salt: number): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const ease = (t: number) => t * t * (3 - 2 * t);
  const [tx, ty] = [ease(x - x0), ease(y - y0)];
  const top = lattice(x0, y0, salt) * (1 - tx) + lattice(x0 + 1, y0, salt) * tx;
  const bottom = lattice(x0, y0 + 1, salt) * (1 - tx) + lattice(x0 + 1, y0 + 1, salt) * tx;
  return top * (1 - ty) + bottom * ty;
}

// Patterns, one period to a length of 1.

export function stripes(rng: Rng): Texture {
  const share = rng.uniform(0.42, 0.58);
  return x => (fraction(x) < share ? 1 : 0);
}

export function dots(rng: Rng): Texture {
  const r2 = rng.uniform(0.09, 0.14);
  return (x, y) => {
    const [p, q] = [fraction(x) - 0.5, fraction(y) - 0.5];
    return p * p + q * q < r2 ? 1 : 0;
  };
}

export function checks(): Texture {
  return (x, y) => (Math.floor(2 * x) + Math.floor(2 * y)) & 1;
}

/** Twice as wide as high, every other row moved by half. */
export function bricks(rng: Rng): Texture {
  const joint = rng.uniform(0.16, 0.24);
  return (x, y) => {
    const row = Math.floor(2 * y);
    return fraction(2 * y) < 2 * joint || fraction(x + 0.5 * (row & 1)) < joint ? 1 : 0;
  };
}

/** Thin lines both ways. */
export function lines(rng: Rng): Texture {
  const line = rng.uniform(0.22, 0.3);
  return (x, y) => (fraction(x) < line || fraction(y) < line ? 1 : 0);
}

/** Stripes that go up and down once in twice their distance. */
export function zigzag(rng: Rng): Texture {
  const share = rng.uniform(0.42, 0.58);
  return (x, y) => (fraction(y + Math.abs(2 * fraction(x / 2) - 1)) < share ? 1 : 0);
}

/** Rows of half discs, every other row moved by half. */
export function scales(rng: Rng): Texture {
  const radius = rng.uniform(0.32, 0.38);
  return (x, y) => {
    const row = Math.floor(2 * y);
    const [p, q] = [fraction(x + 0.5 * (row & 1)) - 0.5, fraction(2 * y) / 2];
    return p * p + q * q > radius * radius ? 1 : 0;
  };
}

export function clouds(rng: Rng): Texture {
  const salt = rng.int(0, 2 ** 31 - 1);
  return (x, y) => {
    const t = 0.65 * noise(x, y, salt) + 0.35 * noise(2 * x + 7, 2 * y + 3, salt);
    return Math.min(1, Math.max(0, (t - 0.3) * 2.5));
  };
}
