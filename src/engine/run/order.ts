import type { Rng } from '#lib/rng.ts';

/** Which images make each batch: a new shuffle per epoch, the incomplete last batch dropped (as the reference does). */
export class BatchOrder {
  private readonly rng: Rng;
  private readonly batch: number;
  private readonly indices: number[];
  private at: number;

  constructor(rng: Rng, count: number, batch: number) {
    this.rng = rng;
    this.batch = batch;
    this.indices = Array.from({ length: count }, (_, i) => i);
    this.at = count;
  }

  /** With fewer images than a batch, shuffles follow one another until it is full: an image can come twice. */
  next(): number[] {
    const out: number[] = [];
    if (this.indices.length >= this.batch && this.at + this.batch > this.indices.length) this.shuffle();
    while (out.length < this.batch) {
      if (this.at >= this.indices.length) this.shuffle();
      const taken = this.indices.slice(this.at, this.at + this.batch - out.length);
      this.at += taken.length;
      out.push(...taken);
    }
    return out;
  }

  /** What the next `batches` calls of `next` give, as far as this epoch's shuffle goes; nothing is drawn for it. */
  ahead(batches: number): number[] {
    const whole = Math.min(batches, Math.floor((this.indices.length - this.at) / this.batch));
    return this.indices.slice(this.at, this.at + whole * this.batch);
  }

  private shuffle(): void {
    this.rng.shuffle(this.indices);
    this.at = 0;
  }
}
