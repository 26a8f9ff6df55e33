/**
 * Lets asynchronous tasks through in their order while the sum of their weights stays within a
 * capacity. A task heavier than the whole capacity runs alone.
 */
export class Gate {
  readonly #capacity: number;
  readonly #waiting: { weight: number; enter: () => void }[] = [];
  #inUse = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async run<T>(weight: number, task: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(weight)) {
      await new Promise<void>(enter => this.#waiting.push({ weight, enter }));
    } else {
      this.#inUse += weight;
    }
    try {
      return await task();
    } finally {
      this.#inUse -= weight;
      this.#admit();
    }
  }

  #fits(weight: number): boolean {
    return this.#inUse === 0 || this.#inUse + weight <= this.#capacity;
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.weight); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inUse += next.weight;
      next.enter();
    }
  }
}
