import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';

/**
 * Seeded random numbers (xoroshiro128+). Separate purposes take separate streams of one seed, so that
 * drawing more for one never shifts another; `state` and `restore` continue a stream exactly.
 */
export class Rng {
  private generator: JumpableRandomGenerator;

  constructor(seed: number, stream = 0) {
    // The generator's own seeding keeps nearby seeds close together: mix seed and stream first.
    let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 0x7f4a7c15, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    this.generator = xoroshiro128plus(h ^ (h >>> 15));
    for (let i = 0; i < 8; i++) this.generator.next();
  }

  static restore(state: readonly number[]): Rng {
    const rng = new Rng(0);
    rng.generator = xoroshiro128plusFromState(state);
    return rng;
  }

  state(): number[] {
    return [...this.generator.getState()];
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    const high = this.generator.next() >>> 5;
    const low = this.generator.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from low to high, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Fisher-Yates, in place. */
  shuffle<T extends { length: number; [i: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      const t = items[i];
      items[i] = items[j];
      items[j] = t;
    }
    return items;
  }
}
