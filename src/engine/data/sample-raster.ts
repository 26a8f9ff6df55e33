/** Filling outlines, several samples to a pixel. */
import type { Paint } from './sample-paint.ts';
import type { Affine, Shape } from './sample-shapes.ts';

/** Brightness by place: factor = 1 + x * gx + y * gy, in the coordinates of the thing painted. */
export interface Light { gx: number; gy: number }

/** Marks samples in shadow while shadows are cast; no part has this id. */
const SHADOWED = 255;

export class Raster {
  /** Samples per side. */
  readonly side: number;
  readonly #perPixel: number;
  /** (side, side, 3), from 0 to 255. */
  readonly #colors: Uint8ClampedArray;
  /** (side, side), part ids. */
  readonly #parts: Uint8Array;

  /** @param size pixels per side @param perPixel samples per pixel and axis */
  constructor(readonly size: number, perPixel: number) {
    this.#perPixel = perPixel;
    this.side = size * perPixel;
    this.#colors = new Uint8ClampedArray(this.side * this.side * 3);
    this.#parts = new Uint8Array(this.side * this.side);
  }

  /** Paints `shape`, in samples, as `part`; `toOwn` maps samples to the coordinates of texture and light. */
  paint(shape: Shape, part: number, paint: Paint, light: Light, toOwn: Affine): void {
    const { base, second, texture } = paint;
    const [r, g, b] = base;
    const [dr, dg, db] = [second[0] - r, second[1] - g, second[2] - b];
    this.#spans(shape, (y, from, to) => {
      let u = toOwn.a * (from + 0.5) + toOwn.c * (y + 0.5) + toOwn.e;
      let v = toOwn.b * (from + 0.5) + toOwn.d * (y + 0.5) + toOwn.f;
      for (let i = y * this.side + from, end = y * this.side + to; i < end; i++) {
        const t = texture ? texture(u, v) : 0;
        const factor = 1 + u * light.gx + v * light.gy;
        this.#colors[3 * i] = (r + dr * t) * factor;
        this.#colors[3 * i + 1] = (g + dg * t) * factor;
        this.#colors[3 * i + 2] = (b + db * t) * factor;
        this.#parts[i] = part;
        u += toOwn.a;
        v += toOwn.b;
      }
    });
  }

  /** Darkens what lies under the shapes by `factor`, once where they overlap. */
  castShadow(shapes: readonly Shape[], factor: number): void {
    for (const shape of shapes) {
      this.#spans(shape, (y, from, to) => {
        for (let i = y * this.side + from, end = y * this.side + to; i < end; i++) {
          if (this.#parts[i] === SHADOWED) continue;
          this.#parts[i] = SHADOWED;
          for (let c = 3 * i; c < 3 * i + 3; c++) this.#colors[c] = this.#colors[c]! * factor;
        }
      });
    }
    for (let i = 0; i < this.#parts.length; i++) if (this.#parts[i] === SHADOWED) this.#parts[i] = 0;
  }

  /** Pixels: the mean colour (size, size, 4) and the most frequent part (size, size) of their samples. */
  resolve(): { pixels: Uint8ClampedArray; parts: Uint8Array } {
    const { size, side } = this;
    const n = this.#perPixel;
    const pixels = new Uint8ClampedArray(size * size * 4);
    const parts = new Uint8Array(size * size);
    const counts = new Uint8Array(256);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let [r, g, b, best, most] = [0, 0, 0, 0, 0];
        for (let j = 0; j < n; j++) {
          for (let i = (y * n + j) * side + x * n, end = i + n; i < end; i++) {
            r += this.#colors[3 * i]!;
            g += this.#colors[3 * i + 1]!;
            b += this.#colors[3 * i + 2]!;
            const part = this.#parts[i]!;
            const count = counts[part]! + 1;
            counts[part] = count;
            if (count > most) [best, most] = [part, count];
          }
        }
        for (let j = 0; j < n; j++) for (let i = (y * n + j) * side + x * n, end = i + n; i < end; i++) counts[this.#parts[i]!] = 0;
        const at = y * size + x;
        pixels.set([r / (n * n), g / (n * n), b / (n * n), 255], at * 4);
        parts[at] = best;
      }
    }
    return { pixels, parts };
  }

  /** The runs of samples whose centers lie within the shape: row, first, one behind the last. */
  #spans(shape: Shape, each: (y: number, from: number, to: number) => void): void {
    let [top, bottom] = [Infinity, -Infinity];
    for (const points of shape) {
      for (let i = 1; i < points.length; i += 2) {
        top = Math.min(top, points[i]!);
        bottom = Math.max(bottom, points[i]!);
      }
    }
    const crossings: number[] = [];
    for (let y = Math.max(0, Math.ceil(top - 0.5)); y < Math.min(this.side, Math.ceil(bottom - 0.5)); y++) {
      crossings.length = 0;
      for (const points of shape) cross(points, y + 0.5, crossings);
      crossings.sort((p, q) => p - q);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = Math.max(0, Math.ceil(crossings[k]! - 0.5));
        const to = Math.min(this.side, Math.ceil(crossings[k + 1]! - 0.5));
        if (from < to) each(y, from, to);
      }
    }
  }
}

/** Adds the x at which the outline crosses the line at height y. */
function cross(points: readonly number[], y: number, crossings: number[]): void {
  const n = points.length;
  let [px, py] = [points[n - 2]!, points[n - 1]!];
  for (let i = 0; i < n; i += 2) {
    const [x, q] = [points[i]!, points[i + 1]!];
    if ((py <= y) !== (q <= y)) crossings.push(px + (y - py) / (q - py) * (x - px));
    [px, py] = [x, q];
  }
}
