/** Which rows are most like one, by cosine. */
import { largest } from './knn.ts';
import { countOf, dots, type Rows } from './rows.ts';

export interface Near { row: number; cosine: number }

/** Of unit rows the `k` most like the unit row `query`, the most alike first; of equals the earlier. */
export function nearestRows(rows: Rows, query: Float32Array, k: number): Near[] {
  const cosines = new Float64Array(countOf(rows));
  dots(rows, query, 0, cosines);
  return largest(cosines, Math.min(k, cosines.length)).map(row => ({ row, cosine: cosines[row]! }));
}
