/** One sample picture: a thing on a background. */
import type { Rng } from '#lib/rng.ts';
import { KINDS } from './sample-kinds.ts';
import { textureOf, toneOf } from './sample-materials.ts';
import type { Look, Piece } from './sample-pieces.ts';
import { drawColor, neighbour, plain, polar, rgb } from './sample-paint.ts';
import type { Color, Paint } from './sample-paint.ts';
import type { Light, Raster } from './sample-raster.ts';
import { invert, rect, transform, turn } from './sample-shapes.ts';
import type { Affine } from './sample-shapes.ts';

const NO_LIGHT: Light = { gx: 0, gy: 0 };

/** The picture in the coordinates of the background: from -1 to 1 both ways. */
const pictureToSamples = (side: number): Affine => ({ a: side / 2, b: 0, c: 0, d: side / 2, e: side / 2, f: side / 2 });

/**
 * Draws one thing of `kind` into `raster`. Everything but the shapes and what they are made of (hues, place, size,
 * turn, light) is drawn without looking at the kind. `partId` numbers the parts of a kind.
 */
export function drawScene(raster: Raster, rng: Rng, kind: number, partId: (kind: number, part: string) => number): void {
  const [cos, sin] = turn(rng.next());
  const strength = rng.uniform(0.02, 0.06);
  // In the background's coordinates: brighter towards where the light comes from.
  const light: Light = { gx: cos * strength, gy: sin * strength };
  // Nothing but hue and light: whatever else it held would tell pictures apart, and a network that is to tell them apart learns that first.
  const ground = polar(rng.uniform(0.88, 0.95), rng.uniform(0.02, 0.08), rng.next());
  const toSamples = pictureToSamples(raster.side);
  raster.paint(transform(rect(-1, -1, 1, 1), toSamples), 0, plain(ground), light, invert(toSamples));
  drawThing(raster, rng, kind, ground, light, partId);
}

function drawThing(raster: Raster, rng: Rng, kind: number, background: Color, light: Light, partId: (kind: number, part: string) => number): void {
  const pieces = centered(KINDS[kind]!.draw(rng));
  const toSamples = place(rng, raster.side);
  const toOwn = invert(toSamples);
  const shapes = pieces.map(({ shape }) => transform(shape, toSamples));

  // Away from the light.
  const far = raster.side * rng.uniform(0.02, 0.045) / (Math.abs(light.gx) + Math.abs(light.gy));
  const away: Affine = { a: 1, b: 0, c: 0, d: 1, e: -light.gx * far, f: -light.gy * far };
  raster.castShadow(shapes.map(shape => transform(shape, away)), rng.uniform(0.62, 0.8));
  const paints = drawPaints(rng, KINDS[kind]!.name, pieces, background);
  // The same light as on the background, seen from the thing's own coordinates, and stronger.
  const shine = 1.2 / raster.side * 2;
  const own: Light = {
    gx: (toSamples.a * light.gx + toSamples.b * light.gy) * shine,
    gy: (toSamples.c * light.gx + toSamples.d * light.gy) * shine,
  };
  pieces.forEach(({ part, look }, i) => {
    raster.paint(shapes[i]!, partId(kind, part), paints.get(part)![look], look === 'light' || look === 'dark' ? NO_LIGHT : own, toOwn);
  });
}

/** Centers the pieces and scales them to about -1 to 1, slender things a little larger: place and size tell little. */
function centered(pieces: readonly Piece[]): Piece[] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const points of pieces.flatMap(({ shape }) => shape)) {
    for (let i = 0; i < points.length; i += 2) {
      [left, right] = [Math.min(left, points[i]!), Math.max(right, points[i]!)];
      [top, bottom] = [Math.min(top, points[i + 1]!), Math.max(bottom, points[i + 1]!)];
    }
  }
  const [width, height] = [right - left, bottom - top];
  const k = 2 / (0.55 * Math.max(width, height) + 0.45 * Math.sqrt(width * height));
  const move: Affine = { a: k, b: 0, c: 0, d: k, e: -k * (left + right) / 2, f: -k * (top + bottom) / 2 };
  return pieces.map(piece => ({ ...piece, shape: transform(piece.shape, move) }));
}

/** Size, place, turn, mirror image and a little distortion: from -1..1 to samples. */
function place(rng: Rng, side: number): Affine {
  const half = side * rng.uniform(0.39, 0.46);
  const [wide, high] = [half * rng.uniform(0.9, 1.1), half * rng.uniform(0.9, 1.1)];
  const lean = rng.uniform(-0.12, 0.12);
  const [cos, sin] = turn(rng.uniform(-0.045, 0.045));
  const mirror = rng.next() < 0.5 ? -1 : 1;
  // A little may be cut off at an edge.
  const room = Math.max(0, side / 2 - 1.08 * half) + 0.03 * side;
  return {
    a: mirror * wide * cos, b: mirror * wide * sin,
    c: high * (lean * cos - sin), d: high * (lean * sin + cos),
    e: side / 2 + rng.uniform(-room, room), f: side / 2 + rng.uniform(-room, room),
  };
}

/** A colour per part, clear of the background and of the other parts, and what the part is made of. */
function drawPaints(rng: Rng, kind: string, pieces: readonly Piece[], background: Color): Map<string, Record<Look, Paint>> {
  const paints = new Map<string, Record<Look, Paint>>();
  const used = [background];
  const hue = rng.next();
  // Few hues to a thing look better than many.
  const hues = [hue, hue + rng.uniform(0.06, 0.14), hue + rng.uniform(0.4, 0.6)];
  const light = plain({ L: rng.uniform(0.95, 0.99), a: 0, b: 0 });
  const dark = plain({ L: rng.uniform(0.18, 0.28), a: 0, b: 0 });
  for (const part of new Set(pieces.map(piece => piece.part))) {
    const color = drawColor(rng, used, 0.1, hues[rng.int(0, 2)]!, toneOf(kind, part));
    used.push(color);
    const second = neighbour(rng, color, rng.uniform(0.3, 0.45));
    const texture = textureOf(rng, kind, part);
    const lit = (by: number): Paint => ({ base: rgb(lighter(color, by)), second: rgb(lighter(second, by)), texture });
    paints.set(part, { own: lit(0), shade: lit(-0.13), tint: lit(color.L > 0.85 ? -0.09 : 0.08), light, dark });
  }
  return paints;
}

const lighter = (color: Color, by: number): Color => ({ ...color, L: Math.max(0.15, color.L + by) });
