/** Matrices by rows, and the product that all evaluations come down to. */
export interface Rows { values: Float32Array; width: number }

export const countOf = ({ values, width }: Rows): number => values.length / width;

/** Some of the rows, in this order. */
export function pick({ values, width }: Rows, which: ArrayLike<number>): Rows {
  const out = new Float32Array(which.length * width);
  for (let i = 0; i < which.length; i++) out.set(values.subarray(which[i]! * width, (which[i]! + 1) * width), i * width);
  return { values: out, width };
}

export function rowsFrom({ values, width }: Rows, first: number, end: number): Rows {
  return { values: values.subarray(first * width, end * width), width };
}

/** Each row divided by its length. */
export function unitRows({ values, width }: Rows): Rows {
  const out = new Float32Array(values.length);
  for (let r = 0; r < values.length; r += width) {
    let s = 0;
    for (let d = 0; d < width; d++) s += values[r + d]! ** 2;
    const norm = Math.max(Math.sqrt(s), 1e-12);
    for (let d = 0; d < width; d++) out[r + d] = values[r + d]! / norm;
  }
  return { values: out, width };
}

/** (rows): half the square of each row's length. */
export function halfSquares({ values, width }: Rows): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, r) => {
    let s = 0;
    for (let d = 0; d < width; d++) s += values[r * width + d]! ** 2;
    return s / 2;
  });
}

/** out[r] = row r . the row of x that starts at `at`. Four rows at a time, which takes a third of the time of one by one. */
export function dots(rows: Rows, x: Float32Array, at: number, out: Float64Array): void {
  const { values, width } = rows;
  const n = values.length / width;
  let r = 0;
  for (; r + 3 < n; r += 4) {
    const a = r * width;
    const b = a + width;
    const c = b + width;
    const e = c + width;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = 0; d < width; d++) {
      const v = x[at + d]!;
      s0 += v * values[a + d]!;
      s1 += v * values[b + d]!;
      s2 += v * values[c + d]!;
      s3 += v * values[e + d]!;
    }
    out[r] = s0;
    out[r + 1] = s1;
    out[r + 2] = s2;
    out[r + 3] = s3;
  }
  for (; r < n; r++) {
    let s = 0;
    for (let d = 0; d < width; d++) s += x[at + d]! * values[r * width + d]!;
    out[r] = s;
  }
}
