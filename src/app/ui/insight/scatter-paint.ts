/** Draws points as small shapes, thousands at a time: each shape is drawn once in each colour and then copied. */
import { type Group, PALETTE, SHAPES } from './groups.ts';

const OUTLINES = SHAPES.map(shape => new Path2D(shape));
/** Points that aren't among the chosen. */
const FAINT = 0.16;

/** Pixels from the middle of a point to its edge. */
export const radiusFor = (points: number): number => points < 600 ? 4.5 : points < 3000 ? 3.2 : 2.3;

/** places are shares of the side; `size` is the canvas's in CSS pixels, `density` device pixels in one. */
export function paintPoints(canvas: HTMLCanvasElement, places: Float32Array, groups: readonly Group[], chosen: ReadonlySet<number> | null, scheme: 'light' | 'dark', size: number, density: number): void {
  canvas.width = canvas.height = Math.max(1, Math.round(size * density));
  const pen = canvas.getContext('2d')!;
  const radius = radiusFor(places.length / 2) * density;
  const passes: [alpha: number, counts: (point: number) => boolean][] = chosen ? [[FAINT, p => !chosen.has(p)], [1, p => chosen.has(p)]] : [[1, () => true]];
  const stamps = groups.map(g => stamp(OUTLINES[g.shape]!, PALETTE[scheme][g.colour]!, radius));
  for (const [alpha, counts] of passes) {
    pen.globalAlpha = alpha;
    groups.forEach(({ points }, g) => {
      const image = stamps[g]!;
      const half = image.width / 2;
      for (const p of points) if (counts(p)) pen.drawImage(image, Math.round(places[2 * p]! * canvas.width - half), Math.round(places[2 * p + 1]! * canvas.height - half));
    });
  }
}

function stamp(outline: Path2D, colour: string, radius: number): OffscreenCanvas {
  const side = Math.ceil(2 * radius) + 2;
  const canvas = new OffscreenCanvas(side, side);
  const pen = canvas.getContext('2d')!;
  pen.translate(side / 2 - radius, side / 2 - radius);
  pen.scale(radius / 5, radius / 5);
  pen.fillStyle = colour;
  pen.fill(outline);
  return canvas;
}
