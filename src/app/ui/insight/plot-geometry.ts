/** Where points lie on a square plot, and which of them are meant. Coordinates are shares of its side, from the top left. */

/** Room around the outermost points. */
const MARGIN = 0.04;

/** positions (n, 2), y upwards -> (n, 2) within the square, one scale for both axes. */
export function fitted(positions: Float32Array): Float32Array {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  positions.forEach((v, i) => {
    low[i % 2] = Math.min(low[i % 2]!, v);
    high[i % 2] = Math.max(high[i % 2]!, v);
  });
  const extent = Math.max(high[0]! - low[0]!, high[1]! - low[1]!) || 1;
  return positions.map((v, i) => {
    const from = (v - (low[i % 2]! + high[i % 2]!) / 2) / extent * (1 - 2 * MARGIN);
    return 0.5 + (i % 2 === 0 ? from : -from);
  });
}

/** The point nearest to a place, no farther than `reach`; null where there is none. */
export function nearestPoint(places: Float32Array, x: number, y: number, reach: number): number | null {
  let best: number | null = null;
  let least = reach * reach;
  for (let p = 0; p < places.length / 2; p++) {
    const distance = (places[2 * p]! - x) ** 2 + (places[2 * p + 1]! - y) ** 2;
    if (distance <= least) [best, least] = [p, distance];
  }
  return best;
}

/** The points within a closed line (n, 2), by the even-odd rule. */
export function enclosed(places: Float32Array, line: readonly (readonly [number, number])[]): number[] {
  const xs = Float64Array.from(line, ([x]) => x);
  const ys = Float64Array.from(line, ([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const inside: number[] = [];
  for (let p = 0; p < places.length / 2; p++) {
    const x = places[2 * p]!;
    const y = places[2 * p + 1]!;
    if (x < left || x > right || y < top || y > bottom) continue;
    let odd = false;
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if (ys[i]! > y !== ys[j]! > y && x < xs[i]! + ((y - ys[i]!) / (ys[j]! - ys[i]!)) * (xs[j]! - xs[i]!)) odd = !odd;
    }
    if (odd) inside.push(p);
  }
  return inside;
}

/** The neighbour in a direction (dx, dy of length 1): near, and rather straight ahead than aside; itself where there is none. */
export function neighbour(places: Float32Array, from: number, dx: number, dy: number): number {
  let best = from;
  let least = Infinity;
  for (let p = 0; p < places.length / 2; p++) {
    const [x, y] = [places[2 * p]! - places[2 * from]!, places[2 * p + 1]! - places[2 * from + 1]!];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    if (p === from || ahead <= 0 || aside > 2 * ahead) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [p, cost];
  }
  return best;
}
