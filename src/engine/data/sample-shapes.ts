/**
 * Outlines made of straight lines. Only the operations that IEEE 754 fixes to the last bit are used
 * (no Math.sin), so that a seed draws the same pixels on every machine.
 */

/** A closed outline: x, y, x, y, ... */
export type Contour = number[];
/** Contours filled by the even-odd rule: an outline within another is a hole. */
export type Shape = Contour[];

/** [cosine, sine] of an angle in turns, by their series on an eighth of a turn to either side. */
export function turn(turns: number): [cos: number, sin: number] {
  const quarter = Math.round(turns * 4);
  const a = (turns - quarter / 4) * 2 * Math.PI;
  const s = a * a;
  const sin = a * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72))));
  const cos = 1 - s / 2 * (1 - s / 12 * (1 - s / 30 * (1 - s / 56 * (1 - s / 90))));
  switch (((quarter % 4) + 4) % 4) {
    case 0: return [cos, sin];
    case 1: return [-sin, cos];
    case 2: return [-cos, -sin];
    default: return [sin, -cos];
  }
}

export const polygon = (...points: Contour): Shape => [points];

export const rect = (x0: number, y0: number, x1: number, y1: number): Shape => [[x0, y0, x1, y0, x1, y1, x0, y1]];

/** An ellipse, or the part of it from `from` to `to` turns (0 is right, 0.25 is down) closed by a chord. */
export function ellipse(x: number, y: number, rx: number, ry: number, from = 0, to = 1): Shape {
  const steps = Math.max(6, Math.ceil(32 * (to - from)));
  const points: Contour = [];
  for (let i = 0; i <= steps; i++) {
    const [cos, sin] = turn(from + (to - from) * i / steps);
    points.push(x + rx * cos, y + ry * sin);
  }
  return [points];
}

export const circle = (x: number, y: number, r: number): Shape => ellipse(x, y, r, r);

/** An ellipse with a hole; `thickness` is the hole's share of the radii taken away. */
export const ring = (x: number, y: number, rx: number, ry: number, thickness: number): Shape =>
  [...ellipse(x, y, rx, ry), ...ellipse(x, y, rx * (1 - thickness), ry * (1 - thickness))];

/** A round outline that the points pull towards themselves: a closed quadratic B-spline. */
export function smooth(...points: Contour): Shape {
  const n = points.length / 2;
  const out: Contour = [];
  const at = (i: number): [number, number] => [points[2 * ((i + n) % n)]!, points[2 * ((i + n) % n) + 1]!];
  for (let i = 0; i < n; i++) {
    const [ax, ay] = at(i - 1);
    const [bx, by] = at(i);
    const [cx, cy] = at(i + 1);
    for (let k = 0; k < 5; k++) {
      const t = k / 5;
      const [wa, wb, wc] = [(1 - t) * (1 - t) / 2, 0.5 + t * (1 - t), t * t / 2];
      out.push(wa * ax + wb * bx + wc * cx, wa * ay + wb * by + wc * cy);
    }
  }
  return [out];
}

/** A line through the points, `from` wide where it begins and `to` where it ends. */
export function ribbon(points: Contour, from: number, to = from): Shape {
  const n = points.length / 2;
  const left: Contour = [];
  const right: Contour = [];
  for (let i = 0; i < n; i++) {
    const [a, b] = [Math.max(0, i - 1), Math.min(n - 1, i + 1)];
    const dx = points[2 * b]! - points[2 * a]!;
    const dy = points[2 * b + 1]! - points[2 * a + 1]!;
    const half = (from + (to - from) * i / (n - 1)) / 2 / Math.sqrt(dx * dx + dy * dy);
    left.push(points[2 * i]! - dy * half, points[2 * i + 1]! + dx * half);
    right.unshift(points[2 * i]! + dy * half, points[2 * i + 1]! - dx * half);
  }
  return [[...left, ...right]];
}

/** x' = a x + c y + e, y' = b x + d y + f */
export interface Affine { a: number; b: number; c: number; d: number; e: number; f: number }

export function transform(shape: Shape, { a, b, c, d, e, f }: Affine): Shape {
  return shape.map(points => points.map((v, i) => (i % 2 === 0 ? a * v + c * points[i + 1]! + e : b * points[i - 1]! + d * v + f)));
}

export function invert({ a, b, c, d, e, f }: Affine): Affine {
  const det = a * d - b * c;
  return { a: d / det, b: -b / det, c: -c / det, d: a / det, e: (c * f - d * e) / det, f: (b * e - a * f) / det };
}

export const rotated = (shape: Shape, turns: number, x = 0, y = 0): Shape => {
  const [cos, sin] = turn(turns);
  return transform(shape, { a: cos, b: sin, c: -sin, d: cos, e: x - cos * x + sin * y, f: y - sin * x - cos * y });
};
