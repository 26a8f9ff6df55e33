/** Draws maps over a picture. */
import type { Scale } from './measure.ts';

/** Dark blue to pale yellow by way of red: lightness rises all the way, so it reads without colour vision too. */
export const COLOURS = [[12, 10, 34], [66, 18, 96], [140, 34, 106], [208, 66, 76], [246, 138, 44], [252, 206, 92], [253, 252, 190]] as const;

/** (256, 3) bytes. */
const TABLE = (() => {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (COLOURS.length - 1);
    const low = Math.min(COLOURS.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) table[i * 3 + c] = COLOURS[low]![c]! + (at - low) * (COLOURS[low + 1]![c]! - COLOURS[low]![c]!);
  }
  return table;
})();

/** The picture at size*size, RGBA: drawn once, when it is first asked for, and painted over for every map. */
export function enlarge(pixels: Uint8ClampedArray, side: number, size: number): () => ImageData {
  let drawn: ImageData | undefined;
  return () => drawn ??= draw(pixels, side, size);
}

/** One canvas is read back and the other drawn onto it, so neither belongs on the GPU. */
const READ = { willReadFrequently: true };

function draw(pixels: Uint8ClampedArray, side: number, size: number): ImageData {
  const small = new OffscreenCanvas(side, side);
  small.getContext('2d', READ)!.putImageData(new ImageData(new Uint8ClampedArray(pixels), side, side), 0, 0);
  const large = new OffscreenCanvas(size, size).getContext('2d', READ)!;
  large.imageSmoothingQuality = 'high';
  large.drawImage(small, 0, 0, size, size);
  return large.getImageData(0, 0, size, size);
}

/**
 * (size*size) values between 0 and 1 from (grid*grid) shares: where each lies between the two ends of the scale. Smooth is bilinear between the
 * centres of patches, otherwise each patch is one square.
 */
export function upscale(shares: Float32Array, grid: number, size: number, [low, high]: Scale, smooth: boolean): Float32Array {
  const out = new Float32Array(size * size);
  if (!(high > low)) return out;
  const scale = grid / size;
  const last = grid - 1;
  for (let y = 0; y < size; y++) {
    const v = (y + 0.5) * scale;
    const cy = Math.min(last, Math.max(0, v - 0.5));
    const y0 = smooth ? Math.floor(cy) : Math.floor(v);
    const y1 = smooth ? Math.min(last, y0 + 1) : y0;
    const fy = smooth ? cy - y0 : 0;
    for (let x = 0; x < size; x++) {
      const u = (x + 0.5) * scale;
      const cx = Math.min(last, Math.max(0, u - 0.5));
      const x0 = smooth ? Math.floor(cx) : Math.floor(u);
      const x1 = smooth ? Math.min(last, x0 + 1) : x0;
      const fx = smooth ? cx - x0 : 0;
      const upper = shares[y0 * grid + x0]! * (1 - fx) + shares[y0 * grid + x1]! * fx;
      const lower = shares[y1 * grid + x0]! * (1 - fx) + shares[y1 * grid + x1]! * fx;
      out[y * size + x] = Math.min(1, Math.max(0, (upper * (1 - fy) + lower * fy - low) / (high - low)));
    }
  }
  return out;
}

/** What is left of the picture's contrast beneath a full map: light parts of the picture must not pass for attention. */
const PICTURE_CONTRAST = 0.4;
const MIDDLE = 128;

/** The colours of the map as they appear over the middle grey of a picture: what a legend has to show. */
export const coloursOver = (strength: number): number[][] => COLOURS.map(c => c.map(v => MIDDLE * (1 - strength) + v * strength));

/** Blends the coloured values over the greyed picture; `strength` 0 is the picture alone, 1 the map alone. */
export function blend(picture: ImageData, values: Float32Array, strength: number): ImageData {
  const out = new ImageData(picture.width, picture.height);
  const contrast = 1 - (1 - PICTURE_CONTRAST) * strength;
  for (let i = 0; i < values.length; i++) {
    const p = i * 4;
    const red = picture.data[p]!, green = picture.data[p + 1]!, blue = picture.data[p + 2]!;
    const grey = MIDDLE + contrast * (0.299 * red + 0.587 * green + 0.114 * blue - MIDDLE);
    const t = Math.round(values[i]! * 255) * 3;
    out.data[p] = grey * (1 - strength) + TABLE[t]! * strength;
    out.data[p + 1] = grey * (1 - strength) + TABLE[t + 1]! * strength;
    out.data[p + 2] = grey * (1 - strength) + TABLE[t + 2]! * strength;
    out.data[p + 3] = 255;
  }
  return out;
}

/** Greyed and darkened: what a map leaves aside. */
const ASIDE = 0.28;

const luma = (d: Uint8ClampedArray, p: number): number => 0.299 * d[p]! + 0.587 * d[p + 1]! + 0.114 * d[p + 2]!;

/** The picture with the patches that are kept as they are and the others dark. */
export function spotlight(picture: ImageData, kept: readonly boolean[], grid: number): ImageData {
  const out = new ImageData(picture.width, picture.height);
  forEachPixel(picture, grid, (p, patch) => {
    const grey = ASIDE * luma(picture.data, p);
    for (let c = 0; c < 3; c++) out.data[p + c] = kept[patch] ? picture.data[p + c]! : grey;
    out.data[p + 3] = 255;
  });
  return out;
}

/** The first six are iBOT's; further hues follow at the golden angle, so that none comes twice. */
export function headColour(head: number): readonly [number, number, number] {
  const known = ([[0, 160, 215], [220, 55, 60], [245, 180, 0], [10, 120, 190], [40, 150, 100], [135, 75, 145]] as const)[head];
  if (known) return known;
  const hue = (head * 137.508 + 40) % 360;
  const light = head % 2 === 0 ? 0.62 : 0.45;
  const part = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (light - 0.7 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
}

/** Below this share of the way from least to most attention a patch stays grey. */
const FAINT = 0.2;

/**
 * All heads in one picture: of each head only the patches that hold a share t of its attention count, each patch goes to the
 * head that gives it most, and is coloured the stronger the more that is. `only` leaves one head.
 * -> per patch the head (-1 none) and the opacity of its colour.
 */
export function winners(maps: readonly { shares: Float32Array; mass: Float32Array }[], t: number, only: number | null = null): { head: Int8Array; alpha: Float32Array } {
  const patches = maps[0]?.shares.length ?? 0;
  const head = new Int8Array(patches).fill(-1);
  const strength = new Float32Array(patches);
  maps.forEach(({ shares, mass }, h) => {
    for (let p = 0; p < patches; p++) {
      if (mass[p]! > 1 - t && shares[p]! > strength[p]!) {
        strength[p] = shares[p]!;
        head[p] = h;
      }
    }
  });
  const [low, high] = [Math.min(...strength), Math.max(...strength)];
  const alpha = strength.map((s, p) => {
    const a = high > low ? (s - low) / (high - low) : 0;
    return a > FAINT && (only === null || head[p] === only) ? Math.sqrt(a) : 0;
  });
  return { head, alpha };
}

/** The colours of the winning heads over the grey picture. */
export function composite(picture: ImageData, { head, alpha }: { head: Int8Array; alpha: Float32Array }, grid: number): ImageData {
  const out = new ImageData(picture.width, picture.height);
  forEachPixel(picture, grid, (p, patch) => {
    const grey = luma(picture.data, p);
    const a = 0.85 * alpha[patch]!;
    const colour = headColour(Math.max(0, head[patch]!));
    for (let c = 0; c < 3; c++) out.data[p + c] = grey * (1 - a) + colour[c]! * a;
    out.data[p + 3] = 255;
  });
  return out;
}

/**
 * Components (images, patches, 3) to red, green and blue, each from its least to its most over the patches that count;
 * the others are left at 0.
 */
export function componentColours(components: Float32Array, counts: (patch: number) => boolean): Float32Array {
  const out = new Float32Array(components.length);
  for (let k = 0; k < 3; k++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = k, n = 0; i < components.length; i += 3, n++) {
      if (!counts(n)) continue;
      low = Math.min(low, components[i]!);
      high = Math.max(high, components[i]!);
    }
    for (let i = k, n = 0; i < components.length; i += 3, n++) if (counts(n) && high > low) out[i] = (components[i]! - low) / (high - low);
  }
  return out;
}

/** Colours (patches, 3) from 0 to 1 over the grey picture; patches that don't count are dark. */
export function paintColours(picture: ImageData, colours: Float32Array, counts: (patch: number) => boolean, grid: number, strength: number): ImageData {
  const out = new ImageData(picture.width, picture.height);
  forEachPixel(picture, grid, (p, patch) => {
    const grey = luma(picture.data, p);
    const shown = counts(patch);
    for (let c = 0; c < 3; c++) out.data[p + c] = shown ? grey * (1 - strength) + 255 * colours[3 * patch + c]! * strength : ASIDE * grey;
    out.data[p + 3] = 255;
  });
  return out;
}

function forEachPixel(picture: ImageData, grid: number, visit: (at: number, patch: number) => void): void {
  const { width, height } = picture;
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * grid) / height) * grid;
    for (let x = 0; x < width; x++) visit(4 * (y * width + x), row + Math.floor((x * grid) / width));
  }
}
