/** A number as its nearest 16-bit float (IEEE 754 binary16, ties to even), and back. */
export function toHalf(v: number): number {
  const sign = Math.sign(v) || 1;
  const size = Math.abs(v);
  if (size === 0 || Number.isNaN(v)) return v;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const unit = 2 ** (exponent - 10);
  const steps = size / unit;
  const down = Math.floor(steps);
  const rest = steps - down;
  const rounded = (down + (rest > 0.5 || rest === 0.5 && down % 2 === 1 ? 1 : 0)) * unit;
  return sign * (rounded > 65504 ? Infinity : rounded);
}

/** The number that a 16-bit float's bits stand for. */
export function fromHalfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}
