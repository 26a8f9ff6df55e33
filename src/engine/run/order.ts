import { Rng } from '#lib/rng.ts';

/** The epoch's shuffled images, how many were taken, and the state of the stream that shuffles. */
export interface OrderState { indices: Uint32Array<ArrayBuffer>; at: number; rng: number[] }

/** Which images make each batch: a new shuffle per epoch, the incomplete last batch dropped (as the reference does). */
export class BatchOrder {
  private readonly rng: Rng;
  private readonly batch: number;
  private readonly indices: Uint32Array;
  private at: number;

  constructor(rng: Rng, count: number, batch: number) {
    this.rng = rng;
    this.batch = batch;
    this.indices = Uint32Array.from({ length: count }, (_, i) => i);
    this.at = count;
  }

  /** With another number of images the epoch under way is dropped, and a new one begins. */
  static restore({ indices, at, rng }: OrderState, count: number, batch: number): BatchOrder {
    const order = new BatchOrder(Rng.restore(rng), count, batch);
    if (indices.length === count) {
      order.indices.set(indices);
      order.at = at;
    }
    return order;
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

  /** To go on from later, with the batch that was given last once more where it is `untaken`; an order of fewer images than a batch goes on after it. */
  state(untaken = false): OrderState {
    const back = untaken && this.indices.length >= this.batch ? this.batch : 0;
    return { indices: Uint32Array.from(this.indices), at: this.at - back, rng: this.rng.state() };
  }

  /** What the next `batches` calls of `next` give, as far as this epoch's shuffle goes; nothing is drawn for it. */
  ahead(batches: number): number[] {
    const whole = Math.min(batches, Math.floor((this.indices.length - this.at) / this.batch));
    return [...this.indices.subarray(this.at, this.at + whole * this.batch)];
  }

  private shuffle(): void {
    this.rng.shuffle(this.indices);
    this.at = 0;
  }
}
