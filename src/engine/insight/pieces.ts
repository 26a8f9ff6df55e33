/** Long work on the processor, a piece at a time: it yields every few milliseconds, so that a worker's other work comes in between. */
export type Pieces<T> = Generator<void, T>;

/** All of it in one go. */
export function atOnce<T>(work: Pieces<T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
  }
}

/** Multiply-adds of a piece: below 10 ms also on a slow processor. */
const PIECE = 2e6;

/** How many times something of so many multiply-adds fits into a piece. */
export const inPiece = (multiplyAdds: number): number => Math.max(1, Math.floor(PIECE / multiplyAdds));
