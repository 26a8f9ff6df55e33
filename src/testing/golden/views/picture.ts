/** The pictures of make_views.py: (height, width, 3) bytes by a formula. */
export function picture(width: number, height: number, seed: number): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const c = i % 3;
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    const smooth = mod(x * (17 + 9 * c) + y * (29 - 8 * c) + seed * 41 + c * 85);
    const noise = mod(x * x * 31 + y * y * 57 + x * y * 13 + c * 101 + seed * 7);
    data[i] = (x + y) % 3 === 0 ? noise : smooth;
  }
  return { width, height, data };
}

const mod = (v: number) => v - 256 * Math.floor(v / 256);

/** The same with an opaque fourth channel, as a canvas gives it. */
export function pictureRgba(width: number, height: number, seed: number): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } {
  const rgb = picture(width, height, seed).data;
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, data };
}
