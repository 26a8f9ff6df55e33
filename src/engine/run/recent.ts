/** Keeps what was used last, as far as it takes no more than so many bytes; the newest stays whatever it takes. */
export class Recent<K, V> {
  private readonly limit: number;
  private readonly bytesOf: (value: V) => number;
  /** The one used last is the last. */
  private readonly kept = new Map<K, V>();
  private bytes = 0;

  constructor(limit: number, bytesOf: (value: V) => number) {
    this.limit = limit;
    this.bytesOf = bytesOf;
  }

  get(key: K): V | undefined {
    const value = this.kept.get(key);
    if (value !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, value);
    }
    return value;
  }

  put(key: K, value: V): void {
    this.forget(key);
    this.kept.set(key, value);
    this.bytes += this.bytesOf(value);
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.limit || this.kept.size === 1) break;
      this.forget(oldest);
    }
  }

  clear(): void {
    this.kept.clear();
    this.bytes = 0;
  }

  private forget(key: K): void {
    const value = this.kept.get(key);
    if (value !== undefined) this.bytes -= this.bytesOf(value);
    this.kept.delete(key);
  }
}
