/** Keeps principal directions in the order and with the signs they had, so that colours don't jump from frame to frame. */

type Direction = ArrayLike<number>;

const dot = (a: Direction, b: Direction): number => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
};

/**
 * For each direction of `before` which of `now` goes on in its place, and its sign there: the assignment with the largest
 * sum of |cosines|. Both hold the same number of directions, few: every order is tried.
 */
export function steady(before: readonly Direction[], now: readonly Direction[]): { from: number; sign: 1 | -1 }[] {
  const cosines = before.map(b => now.map(n => dot(b, n)));
  let best: number[] = [];
  let most = -Infinity;
  const extend = (order: number[], sum: number) => {
    if (order.length === now.length) {
      if (sum > most) [best, most] = [order, sum];
      return;
    }
    now.forEach((_, i) => {
      if (!order.includes(i)) extend([...order, i], sum + Math.abs(cosines[order.length]![i]!));
    });
  };
  extend([], 0);
  return best.map((from, place) => ({ from, sign: cosines[place]![from]! < 0 ? -1 : 1 }));
}

/** A sign that is the same each time: the one that makes the largest entry positive. */
export function facingUp(v: Direction): 1 | -1 {
  let largest = 0;
  for (let i = 0; i < v.length; i++) if (Math.abs(v[i]!) > Math.abs(largest)) largest = v[i]!;
  return largest < 0 ? -1 : 1;
}

/**
 * Which side of a component is the picture's subject where nothing is known yet: that with less of the pictures' edges.
 * component (images, grid * grid) -> 1 where the positive side is, else -1.
 */
export function subjectSign(component: ArrayLike<number>, grid: number): 1 | -1 {
  const patches = grid * grid;
  let edge = 0;
  let edges = 0;
  let inner = 0;
  let inners = 0;
  for (let n = 0; n < component.length; n++) {
    const [y, x] = [Math.floor((n % patches) / grid), n % grid];
    if (y === 0 || x === 0 || y === grid - 1 || x === grid - 1) {
      edge += component[n]!;
      edges++;
    } else {
      inner += component[n]!;
      inners++;
    }
  }
  return inners === 0 || inner / inners >= edge / edges ? 1 : -1;
}
