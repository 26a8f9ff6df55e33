const GREY = 128;

/** The square around one patch of a picture of side*side pixels, RGBA, with two patches to each side; grey where the picture ends. */
export function around(pixels: Uint8ClampedArray, side: number, grid: number, patch: number): { pixels: Uint8ClampedArray; side: number } {
  const P = side / grid;
  const out = new Uint8ClampedArray(4 * (5 * P) ** 2);
  const [top, left] = [Math.floor(patch / grid) * P - 2 * P, (patch % grid) * P - 2 * P];
  for (let y = 0; y < 5 * P; y++) for (let x = 0; x < 5 * P; x++) {
    const [v, u] = [top + y, left + x];
    const inside = v >= 0 && u >= 0 && v < side && u < side;
    for (let c = 0; c < 4; c++) out[4 * (y * 5 * P + x) + c] = c === 3 ? 255 : inside ? pixels[4 * (v * side + u) + c]! : GREY;
  }
  return { pixels: out, side: 5 * P };
}
