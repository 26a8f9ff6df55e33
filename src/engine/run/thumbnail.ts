import type { SourceImage } from '#engine/data/dataset.ts';

/** The image within a square of `size` pixels, proportions kept, never enlarged; each pixel the mean of those it covers. */
export function thumbnail(image: SourceImage, size: number): { width: number; height: number; pixels: Uint8ClampedArray } {
  const scale = Math.min(1, size / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    const [y0, y1] = span(y, height, image.height);
    for (let x = 0; x < width; x++) {
      const [x0, x1] = span(x, width, image.width);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let v = y0; v < y1; v++) for (let u = x0; u < x1; u++) sum += image.data[4 * (v * image.width + u) + c]!;
        pixels[4 * (y * width + x) + c] = sum / ((y1 - y0) * (x1 - x0));
      }
    }
  }
  return { width, height, pixels };
}

/** Whole source pixels that pixel `i` of `n` covers out of `of`: at least one. */
function span(i: number, n: number, of: number): [number, number] {
  const start = Math.min(of - 1, Math.floor(i * of / n));
  return [start, Math.max(start + 1, Math.floor((i + 1) * of / n))];
}
