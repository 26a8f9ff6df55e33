/** Things made of straight lines, repeated pieces and clumps: boat, flower, house, key, tree. */
import type { Rng } from '#lib/rng.ts';
import { piece } from './sample-pieces.ts';
import type { Piece } from './sample-pieces.ts';
import { circle, ellipse, polygon, rect, ribbon, ring, rotated, smooth, turn } from './sample-shapes.ts';

export function drawBoat(rng: Rng): Piece[] {
  const mast = rng.uniform(-0.12, 0.12);
  const tip = rng.uniform(-1.05, -0.9);
  const [keel, deck] = [rng.uniform(0.66, 0.78), rng.uniform(0.28, 0.36)];
  const bow = rng.uniform(0.8, 0.98);
  const boom = deck - 0.12;
  const flutter = rng.uniform(-0.05, 0.08);
  return [
    piece('mast', rect(mast - 0.04, tip, mast + 0.04, deck + 0.05)),
    piece('flag', polygon(mast, tip, mast - 0.3, tip + 0.1 + flutter, mast, tip + 0.2)),
    piece('sail', smooth(mast + 0.07, tip + 0.02, mast + 0.07, tip + 0.02, mast + 0.55, -0.3, mast + 0.72, boom, mast + 0.72, boom, mast + 0.07, boom, mast + 0.07, boom)),
    piece('sail', polygon(mast - 0.08, tip + 0.3, mast - 0.08, boom, mast - rng.uniform(0.5, 0.66), boom), 'tint'),
    piece('hull', smooth(-bow, deck - 0.04, -bow, deck - 0.04, -0.5, deck + 0.04, 0.4, deck + 0.04, bow + 0.06, deck - 0.1, bow + 0.06, deck - 0.1, 0.72, keel, 0.5, keel + 0.06, -0.45, keel + 0.06, -0.72, keel)),
    piece('hull', ribbon([-bow + 0.12, deck + 0.13, bow - 0.12, deck + 0.12], 0.08), 'tint'),
  ];
}

export function drawFlower(rng: Rng): Piece[] {
  const count = rng.int(5, 8);
  const core = rng.uniform(0.17, 0.25);
  const length = rng.uniform(0.26, 0.34);
  const [start, y, bend] = [rng.next(), -0.42, rng.uniform(-0.2, 0.2)];
  const width = Math.min(0.25, 2.4 * core / count + 0.1);
  const pieces = [piece('stem', ribbon([0, y, bend * 0.7, 0.2, bend, 0.6, bend * 0.8, 1], 0.1, 0.12))];
  const leaf = (side: number, at: number) => piece('leaf', rotated(smooth(0, 0, 0.15, -0.2, 0.45, -0.24, 0.66, -0.04, 0.4, 0.1, 0.14, 0.08).map(points => points.map((v, i) => (i % 2 === 0 ? side * v + bend * 0.9 : v + at))), side * rng.uniform(-0.08, 0.02), bend * 0.9, at));
  pieces.push(leaf(1, rng.uniform(0.45, 0.75)));
  if (rng.next() < 0.7) pieces.push(leaf(-1, rng.uniform(0.4, 0.7)));
  for (let i = 0; i < count; i++) {
    const turns = start + i / count;
    const [cos, sin] = turn(turns);
    const away = core + length * 0.7;
    pieces.push(piece('petals', rotated(ellipse(cos * away, y + sin * away, length, width), turns, cos * away, y + sin * away), i % 2 === 0 || count % 2 === 1 ? 'own' : 'tint'));
  }
  return [...pieces, piece('center', circle(0, y, core)), piece('center', circle(0, y, core * 0.5), 'shade')];
}

export function drawHouse(rng: Rng): Piece[] {
  const w = rng.uniform(0.62, 0.82);
  const eaves = rng.uniform(-0.22, -0.02);
  const ridge = rng.uniform(0, 0.45);
  const over = rng.uniform(0.1, 0.2);
  const peak = rng.uniform(-0.98, -0.76);
  const door = rng.uniform(-0.3, 0.3) * w;
  const chimney = rng.uniform(0.25, 0.45) * (rng.next() < 0.5 ? 1 : -1);
  const pieces: Piece[] = [];
  if (rng.next() < 0.7) pieces.push(piece('chimney', rect(chimney - 0.1, peak - 0.04, chimney + 0.1, eaves)));
  pieces.push(
    piece('wall', rect(-w, eaves - 0.05, w, 0.8)),
    piece('roof', polygon(-w - over, eaves + 0.05, -ridge * w, peak, ridge * w, peak, w + over, eaves + 0.05)),
    piece('roof', polygon(-w - over, eaves + 0.05, -w - over * 0.6, eaves - 0.05, w + over * 0.6, eaves - 0.05, w + over, eaves + 0.05), 'shade'),
    piece('door', rect(door - 0.15, 0.28, door + 0.15, 0.8)),
    piece('door', circle(door + 0.08, 0.55, 0.035), 'light'),
  );
  for (const x of [(door + 0.15 + w) / 2, (door - 0.15 - w) / 2]) {
    const half = Math.min(0.17, Math.abs(Math.abs(x) - w) * 0.7);
    if (half < 0.09) continue;
    pieces.push(
      piece('window', rect(x - half, 0.16, x + half, 0.16 + 2 * half)),
      piece('window', ribbon([x, 0.16, x, 0.16 + 2 * half], 0.05), 'shade'),
      piece('window', ribbon([x - half, 0.16 + half, x + half, 0.16 + half], 0.05), 'shade'),
    );
  }
  return pieces;
}

/** The bit is at the right end and points down. */
export function drawKey(rng: Rng): Piece[] {
  const r = rng.uniform(0.34, 0.46);
  const thick = rng.uniform(0.085, 0.12);
  const end = rng.uniform(0.92, 1.05);
  const pieces = [piece('shaft', rect(-0.4, -thick, end, thick)), piece('shaft', rect(-0.2, -thick * 1.7, -0.08, thick * 1.7), 'shade')];
  const teeth = rng.int(2, 3);
  for (let i = 0; i < teeth; i++) {
    const x = end - 0.04 - i * 0.2;
    pieces.push(piece('bit', rect(x - 0.14, thick * 0.3, x, thick + rng.uniform(0.2, 0.38))));
  }
  const bow = rng.int(0, 2);
  if (bow === 2) {
    for (const [x, y] of [[-0.62, -0.28], [-0.62, 0.28], [-0.92, 0]] as const) pieces.push(piece('bow', ring(x, y, 0.3, 0.3, 0.52)));
  } else {
    pieces.push(piece('bow', ring(-0.62, 0, r, bow === 0 ? r : r * 1.25, rng.uniform(0.36, 0.5))));
  }
  return pieces;
}

export function drawTree(rng: Rng): Piece[] {
  const trunk = rng.uniform(0.12, 0.18);
  const pieces = [piece('trunk', polygon(-trunk * 0.7, -0.1, trunk * 0.7, -0.1, trunk * 0.85, 0.8, trunk * 1.5, 1, -trunk * 1.5, 1, -trunk * 0.85, 0.8))];
  if (rng.next() < 0.35) {
    const w = rng.uniform(0.56, 0.72);
    for (const [y, share, look] of [[0.5, 1, 'shade'], [0.05, 0.82, 'own'], [-0.38, 0.6, 'tint']] as const) {
      pieces.push(piece('crown', polygon(0, y - 0.72, w * share, y, -w * share, y), look));
    }
    return pieces;
  }
  const w = rng.uniform(0.3, 0.42);
  const clumps = [[-w, -0.12, 0.36], [w, -0.1, 0.36], [-w * 0.8, -0.5, 0.36], [w * 0.8, -0.52, 0.36], [0, -0.72, 0.34], [0, -0.3, 0.48]] as const;
  for (const [x, y, r] of clumps) pieces.push(piece('crown', circle(x + rng.uniform(-0.05, 0.05), y + rng.uniform(-0.05, 0.05), r)));
  pieces.push(piece('crown', smooth(-w, -0.8, 0, -0.98, w * 0.5, -0.75, -w * 0.3, -0.55), 'tint'));
  if (rng.next() < 0.5) {
    for (const [x, y] of [[-0.4, -0.2], [0.36, -0.44], [-0.08, -0.62], [0.12, -0.08], [-0.3, -0.52], [0.46, -0.1]] as const) {
      pieces.push(piece('fruit', circle(x + rng.uniform(-0.06, 0.06), y + rng.uniform(-0.06, 0.06), 0.085)));
    }
  }
  return pieces;
}
