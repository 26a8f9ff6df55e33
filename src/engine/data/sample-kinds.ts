/**
 * The kinds of things in the sample pictures, built of parts from the back to the front. Coordinates
 * are free (y points down): the scene centers and scales what it gets.
 */
import type { Rng } from '#lib/rng.ts';
import { drawBird, drawCar, drawCup, drawFish, drawLamp } from './sample-kinds-round.ts';
import { drawBoat, drawFlower, drawHouse, drawKey, drawTree } from './sample-kinds-straight.ts';
import type { Piece } from './sample-pieces.ts';

interface Kind { name: string; parts: readonly string[]; draw: (rng: Rng) => Piece[] }

export const KINDS: readonly Kind[] = [
  { name: 'bird', parts: ['body', 'head', 'wing', 'tail', 'beak', 'legs', 'eye'], draw: drawBird },
  { name: 'boat', parts: ['hull', 'mast', 'sail', 'flag'], draw: drawBoat },
  { name: 'car', parts: ['body', 'window', 'wheel', 'light'], draw: drawCar },
  { name: 'cup', parts: ['body', 'handle', 'opening', 'saucer'], draw: drawCup },
  { name: 'fish', parts: ['body', 'tail', 'fin', 'eye'], draw: drawFish },
  { name: 'flower', parts: ['petals', 'center', 'stem', 'leaf'], draw: drawFlower },
  { name: 'house', parts: ['wall', 'roof', 'door', 'window', 'chimney'], draw: drawHouse },
  { name: 'key', parts: ['bow', 'shaft', 'bit'], draw: drawKey },
  { name: 'lamp', parts: ['shade', 'stand', 'base', 'bulb'], draw: drawLamp },
  { name: 'tree', parts: ['crown', 'trunk', 'fruit'], draw: drawTree },
];
