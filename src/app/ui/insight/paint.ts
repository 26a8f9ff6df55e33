/** Draws a map of attention over a picture. */
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

/** The picture at size*size, RGBA: drawn once, painted over for every map. */
export function enlarge(pixels: Uint8ClampedArray, side: number, size: number): ImageData {
  const small = new OffscreenCanvas(side, side);
  small.getContext('2d')!.putImageData(new ImageData(new Uint8ClampedArray(pixels), side, side), 0, 0);
  const large = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true })!;
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
