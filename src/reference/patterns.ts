/** What the views ask of prototypes: who wins each row, and iBOT's pattern layout (extract_topk_cluster.py). */

type Numbers = ArrayLike<number>;

/** scores (rows, K) -> the largest entry of each row, of equals the first. */
export function rowLargest(scores: Numbers, rows: number, K: number): { column: number; value: number }[] {
  return Array.from({ length: rows }, (_, r) => {
    let column = 0;
    for (let k = 1; k < K; k++) if (scores[r * K + k]! > scores[r * K + column]!) column = k;
    return { column, value: scores[r * K + column]! };
  });
}

export interface Pattern { prototype: number; count: number; best: { image: number; patch: number; logit: number }[] }

/**
 * Raw logits (images, patches, K) of the teacher: each patch belongs to the prototype with its largest one. The `show`
 * prototypes with the most patches, the first of equals first; of each the best patch of every image that has one, the
 * `top` best of these.
 */
export function patternLayout(logits: Numbers, images: number, patches: number, K: number, show: number, top: number): Pattern[] {
  const winners = rowLargest(logits, images * patches, K);
  const patterns = Array.from({ length: K }, (_, prototype): Pattern => {
    const own = winners.map(({ column, value }, i) => ({ column, logit: value, image: Math.floor(i / patches), patch: i % patches })).filter(w => w.column === prototype);
    const ofEach = Array.from({ length: images }, (_, image) => own.filter(w => w.image === image).reduce((a, w) => !a || w.logit > a.logit ? w : a, null as typeof own[0] | null));
    const best = ofEach.filter(w => w !== null).sort((a, b) => b.logit - a.logit || a.image - b.image).slice(0, top);
    return { prototype, count: own.length, best: best.map(({ image, patch, logit }) => ({ image, patch, logit })) };
  });
  return patterns.filter(p => p.count > 0).sort((a, b) => b.count - a.count || a.prototype - b.prototype).slice(0, show);
}
