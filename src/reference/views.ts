/**
 * CPU twin of the views: Pillow's and torchvision's operators on 8-bit pixels, byte for byte. Pixels are
 * (height, width, 3) bytes. Arithmetic is float64 except where Pillow's own float32 or fixed point shows.
 */
import type { Rect, ViewParams } from '#engine/data/views.ts';

export interface Rgb { width: number; height: number; data: Uint8ClampedArray }

type Pixel = [number, number, number];

/** What the network gets: (3, size, size) = (pixel / 255 - mean) / std. */
export function viewInput(image: Rgb, view: ViewParams, size: number, mean: readonly number[], std: readonly number[]): Float64Array {
  const { data } = viewPixels(image, view, size);
  return Float64Array.from({ length: 3 * size * size }, (_, i) => {
    const c = Math.floor(i / (size * size));
    return (data[3 * (i % (size * size)) + c]! / 255 - mean[c]!) / std[c]!;
  });
}

/** The view before it is normalised. */
export function viewPixels(image: Rgb, view: ViewParams, size: number): Rgb {
  let out = resizeCrop(image, view.crop, size);
  if (view.flip) out = flip(out);
  for (const { step, factor } of view.color) out = OPS[step](out, factor);
  if (view.gray) out = grayscale(out);
  if (view.blurSigma > 0) out = blur(out, view.blurSigma);
  return view.solarize ? map(out, p => p.map(v => v < 128 ? v : 255 - v) as Pixel) : out;
}

export function fromRgba(width: number, height: number, rgba: Uint8ClampedArray): Rgb {
  return { width, height, data: rgba.filter((_, i) => i % 4 !== 3) };
}

/** Pillow's antialiased bicubic of the crop alone, to size x size: rows first, 8 bits in between. */
export function resizeCrop(image: Rgb, crop: Rect, size: number): Rgb {
  const across = taps(crop.width, size);
  const narrow = make(size, crop.height, (x, y, c) => weigh(across[x]!, i =>
    image.data[3 * ((crop.top + y) * image.width + crop.left + i) + c]!));
  const down = taps(crop.height, size);
  return make(size, size, (x, y, c) => weigh(down[y]!, i => narrow.data[3 * (i * size + x) + c]!));
}

interface Taps { first: number; weights: number[] }

const ONE = 2 ** 22; // Pillow's fixed point

function weigh({ first, weights }: Taps, at: (i: number) => number): number {
  return Math.floor(weights.reduce((sum, w, k) => sum + w * at(first + k), ONE / 2) / ONE);
}

/** For each output position the source positions it is made of; the kernel widens when shrinking. */
function taps(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, o) => {
    const center = (o + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * stretch + 0.5));
    const end = Math.min(from, Math.trunc(center + 2 * stretch + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => cubic((first + k - center + 0.5) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map(w => Math.sign(w) * Math.floor(Math.abs(w / sum) * ONE + 0.5)) };
  });
}

function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

export function flip(image: Rgb): Rgb {
  return make(image.width, image.height, (x, y, c) => image.data[3 * (y * image.width + image.width - 1 - x) + c]!);
}

export const luma = ([r, g, b]: Pixel): number => (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;

export function grayscale(image: Rgb): Rgb {
  return map(image, p => [luma(p), luma(p), luma(p)]);
}

export function brightness(image: Rgb, factor: number): Rgb {
  return map(image, p => blend([0, 0, 0], p, factor));
}

export function contrast(image: Rgb, factor: number): Rgb {
  let sum = 0;
  map(image, p => {
    sum += luma(p);
    return p;
  });
  const m = Math.floor(sum / (image.width * image.height) + 0.5);
  return map(image, p => blend([m, m, m], p, factor));
}

export function saturation(image: Rgb, factor: number): Rgb {
  return map(image, p => blend([luma(p), luma(p), luma(p)], p, factor));
}

export function hue(image: Rgb, turn: number): Rgb {
  const shift = Math.trunc(turn * 255);
  return map(image, p => {
    const [h, s, v] = toHsv(p);
    return fromHsv([(h + shift + 256) % 256, s, v]);
  });
}

const OPS = { brightness, contrast, saturation, hue };

/** Pillow's blend: float32 arithmetic, cut off, not rounded. */
function blend(base: Pixel, p: Pixel, factor: number): Pixel {
  const f = Math.fround(factor);
  return p.map((v, c) => Math.trunc(Math.min(255, Math.max(0, Math.fround(base[c]! + Math.fround(f * (v - base[c]!))))))) as Pixel;
}

/** Pillow's 8-bit HSV, float32 where Pillow stores floats. */
export function toHsv([r, g, b]: Pixel): Pixel {
  const max = Math.max(r, g, b);
  const range = max - Math.min(r, g, b);
  if (range === 0) return [0, 0, max];
  const [rc, gc, bc] = [r, g, b].map(v => Math.fround((max - v) / range)) as Pixel;
  const h = Math.fround(r === max ? bc - gc : g === max ? 2 + rc - bc : 4 + gc - rc);
  return [Math.trunc(Math.fround((h / 6 + 1) % 1) * 255), Math.trunc(Math.fround(range / max) * 255), max];
}

export function fromHsv([h, s, v]: Pixel): Pixel {
  const sector = Math.floor(h * 6 / 255);
  const f = Math.fround(h * 6 / 255 - sector);
  const fs = Math.fround(s / 255);
  const [p, q, t] = [1 - fs, 1 - fs * f, 1 - fs * (1 - f)].map(k => Math.round(v * k)) as Pixel;
  return ([[v, t, p], [q, v, p], [p, v, t], [p, q, v], [t, p, v], [v, p, q]] as const)[sector % 6]!.slice() as Pixel;
}

/** Pillow's GaussianBlur: three box blurs across, three down, 8 bits after each, borders repeated. */
export function blur(image: Rgb, sigma: number): Rgb {
  const radius = boxRadius(sigma);
  let out = image;
  for (const [dx, dy] of [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]] as const) out = boxBlur(out, radius, dx, dy);
  return out;
}

/** Half the width of the box of which three together have the variance sigma squared (float32, as Pillow). */
export function boxRadius(sigma: number): number {
  const f = Math.fround;
  const s2 = f(f(f(sigma) * f(sigma)) / 3);
  const l = Math.floor((f(Math.sqrt(12 * s2 + 1)) - 1) / 2);
  const edge = f(f((2 * l + 1) * f(l * (l + 1) - f(3 * s2))) / f(6 * f(s2 - (l + 1) ** 2)));
  return f(l + edge);
}

/** Every pixel within floor(radius) counts fully, one more at each end by what is left of the radius. */
function boxBlur(source: Rgb, radius: number, dx: number, dy: number): Rgb {
  const whole = Math.trunc(radius);
  const full = Math.trunc(Math.fround(2 ** 24 / Math.fround(radius * 2 + 1)));
  const edge = Math.floor((2 ** 24 - (2 * whole + 1) * full) / 2);
  return make(source.width, source.height, (x, y, c) => {
    const at = (k: number) => source.data[3 * (clamp(y + k * dy, source.height) * source.width + clamp(x + k * dx, source.width)) + c]!;
    let sum = edge * (at(-whole - 1) + at(whole + 1)) + 2 ** 23;
    for (let k = -whole; k <= whole; k++) sum += full * at(k);
    return Math.floor(sum / 2 ** 24);
  });
}

const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));

function map(image: Rgb, f: (p: Pixel) => Pixel): Rgb {
  const data = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < data.length; i += 3) data.set(f([image.data[i]!, image.data[i + 1]!, image.data[i + 2]!]), i);
  return { ...image, data };
}

function make(width: number, height: number, at: (x: number, y: number, c: number) => number): Rgb {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = at(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3);
  return { width, height, data };
}
