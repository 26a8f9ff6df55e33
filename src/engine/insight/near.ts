/** Which rows are most like one, by cosine. */
import { largest } from './knn.ts';

export interface Near { row: number; cosine: number }

/** Of the unit rows (n, c) the `k` most like one, the most alike first; of equals the earlier. */
export function nearestRows(rows: Float32Array, c: number, query: Float32Array, k: number): Near[] {
  const cosines = new Float32Array(rows.length / c);
  const whole = c - c % 4;
  for (let i = 0; i < cosines.length; i++) {
    const at = i * c;
    // Four sums at a time: each addition alone would wait for the one before.
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = 0; d < whole; d += 4) {
      s0 += rows[at + d]! * query[d]!;
      s1 += rows[at + d + 1]! * query[d + 1]!;
      s2 += rows[at + d + 2]! * query[d + 2]!;
      s3 += rows[at + d + 3]! * query[d + 3]!;
    }
    for (let d = whole; d < c; d++) s0 += rows[at + d]! * query[d]!;
    cosines[i] = s0 + s1 + (s2 + s3);
  }
  return largest(cosines, k).map(row => ({ row, cosine: cosines[row]! }));
}
