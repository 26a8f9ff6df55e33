/**
 * The one-to-one assignment with the largest sum (the Hungarian method, by shortest augmenting paths).
 * worth (rows, columns) with at most as many rows as columns -> the column of each row.
 */
export function assign(worth: ArrayLike<number>, rows: number, columns: number): Int32Array {
  if (rows > columns) throw new RangeError(`${rows} rows can't each have one of ${columns} columns of their own.`);
  // Potentials u, v with u[row] + v[column] <= cost; row and column 0 are the place to start from.
  const u = new Float64Array(rows + 1);
  const v = new Float64Array(columns + 1);
  /** The row that has each column. */
  const owner = new Int32Array(columns + 1);
  const from = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    owner[0] = row;
    let column = 0;
    const least = new Float64Array(columns + 1).fill(Infinity);
    const used = new Uint8Array(columns + 1);
    do {
      used[column] = 1;
      const at = owner[column]!;
      let delta = Infinity;
      let next = 0;
      for (let c = 1; c <= columns; c++) {
        if (used[c]) continue;
        const slack = -worth[(at - 1) * columns + c - 1]! - u[at]! - v[c]!;
        if (slack < least[c]!) [least[c], from[c]] = [slack, column];
        if (least[c]! < delta) [delta, next] = [least[c]!, c];
      }
      for (let c = 0; c <= columns; c++) {
        if (used[c]) {
          u[owner[c]!]! += delta;
          v[c]! -= delta;
        } else least[c]! -= delta;
      }
      column = next;
    } while (owner[column] !== 0);
    // Everybody on the path takes the next one's column.
    while (column !== 0) {
      const before = from[column]!;
      owner[column] = owner[before]!;
      column = before;
    }
  }
  const out = new Int32Array(rows);
  for (let c = 1; c <= columns; c++) if (owner[c]! > 0) out[owner[c]! - 1] = c - 1;
  return out;
}
