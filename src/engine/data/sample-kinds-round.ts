/** Things with curved outlines: bird, car, cup, fish, lamp. */
import type { Rng } from '#lib/rng.ts';
import { piece } from './sample-pieces.ts';
import type { Piece } from './sample-pieces.ts';
import { circle, ellipse, polygon, rect, ribbon, ring, rotated, smooth } from './sample-shapes.ts';

/** Looks to the right. */
export function drawFish(rng: Rng): Piece[] {
  const h = rng.uniform(0.42, 0.66);
  const tail = rng.uniform(0.34, 0.52);
  const notch = rng.uniform(-0.86, -0.72);
  const fin = rng.uniform(0.16, 0.34);
  const pieces = [
    piece('tail', polygon(-0.42, 0, -0.98, -tail, notch, 0, -0.98, tail)),
    piece('fin', smooth(0.4, -h * 0.5, 0.1, -h - fin, -0.45, -h - fin * 0.9, -0.35, -h * 0.3)),
    piece('fin', smooth(0.15, h * 0.5, 0.0, h + fin * 0.7, -0.35, h + fin * 0.8, -0.2, h * 0.4)),
    piece('body', smooth(1.02, 0, 0.86, -h * 0.7, 0.3, -h * 1.1, -0.3, -h * 0.85, -0.8, -0.05, -0.8, 0.05, -0.3, h * 0.85, 0.3, h * 1.1, 0.86, h * 0.7)),
    piece('body', ribbon([0.36, -h * 0.55, 0.27, -h * 0.2, 0.27, h * 0.2, 0.36, h * 0.55], 0.06), 'shade'),
    piece('fin', smooth(0.2, 0.02, -0.02, -0.1, -0.3, 0.12, -0.12, 0.26, 0.1, 0.2)),
  ];
  return [...pieces, piece('eye', circle(0.56, -h * 0.26, 0.14), 'light'), piece('eye', circle(0.59, -h * 0.26, 0.075), 'dark')];
}

/** Looks to the right, stands. */
export function drawBird(rng: Rng): Piece[] {
  const legs = rng.uniform(0.24, 0.42);
  const head = rng.uniform(0.27, 0.34);
  const [hx, hy] = [rng.uniform(0.48, 0.6), rng.uniform(-0.62, -0.48)];
  const beak = rng.uniform(0.24, 0.4);
  const lift = rng.uniform(-0.5, 0.05);
  const fan = rng.uniform(0.1, 0.2);
  const foot = 0.5 + legs;
  const leg = (x: number) => [
    piece('legs', ribbon([x, 0.35, x - 0.03, foot], 0.075)),
    piece('legs', ribbon([x - 0.08, foot - 0.02, x + 0.16, foot], 0.08)),
  ];
  return [
    ...leg(-0.08), ...leg(0.2),
    piece('tail', polygon(-0.4, 0.05, -1.05, lift * 0.6 - fan, -1.12, lift * 0.6 + fan, -0.4, 0.32)),
    piece('beak', polygon(hx + head * 0.75, hy - 0.12, hx + head * 0.8 + beak, hy + 0.04, hx + head * 0.7, hy + 0.15)),
    piece('body', smooth(0.72, -0.45, 0.25, -0.6, -0.3, -0.35, -0.78, 0.05, -0.5, 0.55, 0.1, 0.72, 0.6, 0.45, 0.85, -0.05)),
    piece('head', circle(hx, hy, head)),
    piece('wing', rotated(smooth(0.4, -0.18, -0.1, -0.32, -0.75, 0.02, -0.95, 0.22, -0.3, 0.34, 0.3, 0.28), lift * 0.16, 0.2, 0)),
    piece('wing', rotated(ribbon([-0.62, 0.14, -0.2, 0.14, 0.12, 0.08], 0.045), lift * 0.16, 0.2, 0), 'shade'),
    piece('eye', circle(hx + 0.1, hy - 0.05, 0.1), 'light'),
    piece('eye', circle(hx + 0.12, hy - 0.05, 0.06), 'dark'),
  ];
}

/** Drives to the right. */
export function drawCar(rng: Rng): Piece[] {
  const top = rng.uniform(-0.72, -0.5);
  const back = rng.uniform(-0.82, -0.5);
  const front = rng.uniform(0.28, 0.5);
  const r = rng.uniform(0.2, 0.26);
  const waist = rng.uniform(-0.14, -0.04);
  const pillar = rng.uniform(-0.14, 0.02);
  const glass = top + 0.13;
  const wheel = (x: number) => [piece('wheel', circle(x, 0.38, r)), piece('wheel', circle(x, 0.38, r * 0.45), 'tint')];
  return [
    piece('body', polygon(back - 0.1, 0.05, back + 0.14, top, front - 0.2, top, front + 0.24, 0.05)),
    piece('body', smooth(-1.08, 0.42, -1.12, 0.0, -0.95, waist - 0.06, -0.4, waist - 0.05, 0.3, waist - 0.05, 0.85, waist + 0.02, 1.16, 0.1, 1.14, 0.44, 0.9, 0.44, 0, 0.44, -0.9, 0.44)),
    piece('window', polygon(back + 0.06, waist, back + 0.22, glass, pillar - 0.05, glass, pillar - 0.05, waist)),
    piece('window', polygon(pillar + 0.05, waist, pillar + 0.05, glass, front - 0.24, glass, front + 0.08, waist)),
    piece('body', ribbon([-0.95, 0.24, 1.0, 0.24], 0.05), 'shade'),
    piece('light', ellipse(1.0, 0.14, 0.09, 0.08), 'light'),
    piece('light', rect(-1.07, 0.06, -0.97, 0.18)),
    ...wheel(-0.58), ...wheel(0.6),
  ];
}

export function drawCup(rng: Rng): Piece[] {
  const foot = rng.uniform(0.34, 0.56);
  const top = rng.uniform(-0.62, -0.4);
  const depth = rng.uniform(0.12, 0.2);
  const grip = rng.uniform(0.24, 0.34);
  const pieces: Piece[] = [];
  if (rng.next() < 0.5) {
    pieces.push(piece('saucer', ellipse(0, 0.66, 0.98, 0.2)), piece('saucer', ellipse(0, 0.62, 0.62, 0.11), 'shade'));
  }
  pieces.push(
    piece('handle', ring(0.66, (top + 0.5) / 2 - 0.05, grip + 0.08, grip, rng.uniform(0.34, 0.46))),
    piece('body', smooth(-0.72, top - 0.35, -0.68, top + 0.2, -foot - 0.1, 0.62, -foot * 0.8, 0.74, foot * 0.8, 0.74, foot + 0.1, 0.62, 0.68, top + 0.2, 0.72, top - 0.35)),
  );
  // The wall ends in a flat line at the top; the opening lies over it.
  pieces.push(piece('body', ellipse(0, top, 0.7, depth), 'tint'), piece('opening', ellipse(0, top + 0.015, 0.6, depth * 0.72)));
  return pieces;
}

export function drawLamp(rng: Rng): Piece[] {
  const narrow = rng.uniform(0.24, 0.4);
  const wide = rng.uniform(0.56, 0.74);
  const [top, hem] = [rng.uniform(-1, -0.88), rng.uniform(-0.22, -0.02)];
  const base = rng.uniform(0.34, 0.5);
  const belly = rng.next() < 0.5 ? rng.uniform(0.16, 0.3) : 0;
  const pieces = [
    piece('stand', ribbon([0, hem - 0.2, 0, 0.9], 0.13)),
    piece('bulb', circle(0, hem + 0.04, 0.14), 'light'),
    piece('base', smooth(-base, 1.02, -base, 0.82, -0.1, 0.78, 0.1, 0.78, base, 0.82, base, 1.02, 0, 1.0)),
  ];
  if (belly > 0) pieces.push(piece('stand', ellipse(0, 0.52, belly, 0.26)));
  pieces.push(
    piece('shade', polygon(-narrow, top, narrow, top, wide, hem, -wide, hem)),
    piece('shade', ribbon([-wide, hem - 0.04, wide, hem - 0.04], 0.09), 'shade'),
  );
  return pieces;
}
