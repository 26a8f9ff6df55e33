/** What ops have to do at least: what a profile holds the time against. */
import type { Work } from '#engine/gpu/program.ts';
import type { Sequences } from './sequences.ts';

type Rows<L> = number | ((live: L) => number);
const perRow = <L>(rows: Rows<L>, work: (rows: number) => Work): Work | ((live: L) => Work) =>
  typeof rows === 'function' ? live => work(rows(live)) : work(rows);

/** A product of `rows` by n by k. */
export const productWork = <L>(use: string, rows: Rows<L>, n: number, k: number): Work | ((live: L) => Work) =>
  perRow(rows, m => ({ flops: 2 * m * n * k, use }));

/** `words` words read or written for each row. */
export const rowBytes = <L>(rows: Rows<L>, words: number): Work | ((live: L) => Work) => perRow(rows, m => ({ bytes: 4 * m * words }));

/**
 * Two products of T by T by the heads' width in each sequence: the forward's, and half of the backward's in each of
 * its kernels. Scores that a backward kernel computes once more aren't counted.
 */
export function attentionWork(h: { heads: number; headDim: number }, s: Sequences): Work {
  const pairs = s.globals * s.globalTokens ** 2 + s.locals * s.localTokens ** 2;
  return { flops: 4 * pairs * h.heads * h.headDim };
}
