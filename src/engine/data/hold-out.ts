/** One image in so many is kept from the bank that the others are compared with. */
const EVERY = 5;

export interface HeldOut { bank: number[]; queries: number[] }

/** Of each class every fifth image, in the order there is; a class of fewer has none. */
export function holdOut(labels: ArrayLike<number>): HeldOut {
  const seen = new Map<number, number>();
  const split: HeldOut = { bank: [], queries: [] };
  for (let i = 0; i < labels.length; i++) {
    const nth = (seen.get(labels[i]!) ?? 0) + 1;
    seen.set(labels[i]!, nth);
    (nth % EVERY === 0 ? split.queries : split.bank).push(i);
  }
  return split;
}
