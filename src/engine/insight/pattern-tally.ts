/**
 * iBOT's pattern layout (analysis/extract_pattern/extract_topk_cluster.py), image after image: how many tokens each prototype
 * owns, and of each the best token of every image, of which only the best few are kept.
 */

export interface Spot { image: number; token: number; logit: number }
export interface Owner { prototype: number; count: number; images: number; best: Spot[] }

export class PatternTally {
  /** Of the tokens counted so far. */
  tokens = 0;
  private readonly most: number;
  private readonly counts: Uint32Array;
  private readonly images: Uint32Array;
  /** The best logit first, of equals the earlier image. */
  private readonly best = new Map<number, Spot[]>();

  /** @param most spots that are kept of each prototype */
  constructor(prototypes: number, most: number) {
    this.most = most;
    this.counts = new Uint32Array(prototypes);
    this.images = new Uint32Array(prototypes);
  }

  /** One image's tokens. Images come in order. */
  add(image: number, prototypes: ArrayLike<number>, logits: ArrayLike<number>): void {
    const own = new Map<number, Spot>();
    for (let token = 0; token < prototypes.length; token++) {
      const prototype = prototypes[token]!;
      this.counts[prototype]!++;
      const known = own.get(prototype);
      if (!known || logits[token]! > known.logit) own.set(prototype, { image, token, logit: logits[token]! });
    }
    this.tokens += prototypes.length;
    for (const [prototype, spot] of own) {
      this.images[prototype]!++;
      const list = this.best.get(prototype);
      if (!list) {
        this.best.set(prototype, [spot]);
        continue;
      }
      let at = list.length;
      while (at > 0 && list[at - 1]!.logit < spot.logit) at--;
      if (at < this.most) list.splice(at, 0, spot);
      if (list.length > this.most) list.pop();
    }
  }

  /** Prototypes that own any token. */
  get used(): number {
    return this.counts.reduce((n, count) => n + Number(count > 0), 0);
  }

  /** Those that own most, of equals the first. */
  largest(count: number): Owner[] {
    const order = Array.from(this.counts.keys()).filter(k => this.counts[k]! > 0).sort((a, b) => this.counts[b]! - this.counts[a]! || a - b);
    return order.slice(0, count).map(prototype => ({ prototype, count: this.counts[prototype]!, images: this.images[prototype]!, best: this.best.get(prototype)! }));
  }
}
