/** How tokens are packed into rows: first the sequences of the global views, then those of the local crops. */
export interface Sequences {
  globals: number;
  /** Tokens of a global sequence, class token included. */
  globalTokens: number;
  locals: number;
  localTokens: number;
}

export const rowsOf = (s: Sequences): number => s.globals * s.globalTokens + s.locals * s.localTokens;
export const countOf = (s: Sequences): number => s.globals + s.locals;

/** For kernels that include shaders/shared/sequences.wgsl. */
export const sequenceConstants = (s: Sequences): Record<string, number> =>
  ({ SEQ_G: s.globals, SEQ_TG: s.globalTokens, SEQ_L: s.locals, SEQ_TL: Math.max(1, s.localTokens) });
