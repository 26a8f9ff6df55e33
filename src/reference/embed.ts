/**
 * From images to the packed rows of tokens that the blocks work on.
 *
 * Packed means: first all global sequences of 1 + g*g rows, then all local ones of 1 + l*l rows, the class token first
 * in each. Patches are packed in the same order without the class rows.
 */

type Numbers = ArrayLike<number>;

export interface TokenLayout {
  /** Number of global sequences and their patches per side. */
  globals: number; g: number;
  /** Number of local sequences and their patches per side. */
  locals: number; l: number;
}

/** images (R, 3, S, S) -> (R * (S/P)^2, 3*P*P), column c*P*P + py*P + px: the order of a convolution's weight. */
export function patchify(images: Numbers, R: number, S: number, P: number): Float64Array {
  const side = S / P;
  const width = 3 * P * P;
  return Float64Array.from({ length: R * side * side * width }, (_, i) => {
    const row = Math.floor(i / width);
    const column = i % width;
    const [image, patch] = [Math.floor(row / (side * side)), row % (side * side)];
    const [c, py, px] = [Math.floor(column / (P * P)), Math.floor(column / P) % P, column % P];
    const y = Math.floor(patch / side) * P + py;
    const x = patch % side * P + px;
    return images[((image * 3 + c) * S + y) * S + x]!;
  });
}

/** Keys' cubic kernel with A = -0.75, the choice of PyTorch's interpolate. */
function cubic(distance: number): number {
  const A = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return (A + 2) * x ** 3 - (A + 3) * x ** 2 + 1;
  if (x < 2) return A * x ** 3 - 5 * A * x ** 2 + 8 * A * x - 4 * A;
  return 0;
}

/**
 * One axis of bicubic resampling as a matrix (outSize, inSize): half-pixel centers, no antialiasing,
 * taps outside are moved to the border (F.interpolate with align_corners and antialias false).
 */
export function bicubicMatrix(inSize: number, outSize: number): Float64Array {
  const matrix = new Float64Array(outSize * inSize);
  for (let o = 0; o < outSize; o++) {
    const at = (o + 0.5) * (inSize / outSize) - 0.5;
    for (let tap = Math.floor(at) - 1; tap <= Math.floor(at) + 2; tap++) {
      const i = Math.min(Math.max(tap, 0), inSize - 1);
      matrix[o * inSize + i]! += cubic(at - tap);
    }
  }
  return matrix;
}

/** Visits every weight of the two-dimensional resampling g*g -> l*l: row = target patch, column = source patch. */
function forEachWeight(g: number, l: number, visit: (target: number, source: number, weight: number) => void): void {
  const M = bicubicMatrix(g, l);
  for (let y = 0; y < l; y++) for (let x = 0; x < l; x++) {
    for (let sy = 0; sy < g; sy++) for (let sx = 0; sx < g; sx++) {
      const weight = M[y * g + sy]! * M[x * g + sx]!;
      if (weight !== 0) visit(y * l + x, sy * g + sx, weight);
    }
  }
}

/** pos (1 + g*g, C) -> (1 + l*l, C). The class token's position is kept; with l = g so are all. */
export function resamplePositions(pos: Numbers, g: number, l: number, C: number): Float64Array {
  if (l === g) return Float64Array.from(pos);
  const out = new Float64Array((1 + l * l) * C);
  for (let c = 0; c < C; c++) out[c] = pos[c]!;
  forEachWeight(g, l, (target, source, weight) => {
    for (let c = 0; c < C; c++) out[(1 + target) * C + c]! += weight * pos[(1 + source) * C + c]!;
  });
  return out;
}

/** dposLocal (1 + l*l, C) -> its share of dpos (1 + g*g, C): the transposed resampling. */
export function resamplePositionsBackward(dposLocal: Numbers, g: number, l: number, C: number): Float64Array {
  if (l === g) return Float64Array.from(dposLocal);
  const dpos = new Float64Array((1 + g * g) * C);
  for (let c = 0; c < C; c++) dpos[c] = dposLocal[c]!;
  forEachWeight(g, l, (target, source, weight) => {
    for (let c = 0; c < C; c++) dpos[(1 + source) * C + c]! += weight * dposLocal[(1 + target) * C + c]!;
  });
  return dpos;
}

interface TokenRow {
  /** Row of the packed tokens. */
  token: number;
  /** Row of the packed patches; -1 for a class token. */
  patch: number;
  /** Row of the sequence's own positions. */
  position: number;
  local: boolean;
  masked: boolean;
}

function forEachToken(mask: Numbers | null, layout: TokenLayout, visit: (row: TokenRow) => void): void {
  let token = 0;
  let patch = 0;
  for (let s = 0; s < layout.globals + layout.locals; s++) {
    const local = s >= layout.globals;
    const patches = local ? layout.l ** 2 : layout.g ** 2;
    visit({ token: token++, patch: -1, position: 0, local, masked: false });
    for (let p = 0; p < patches; p++) {
      const masked = !local && mask !== null && mask[s * patches + p]! !== 0;
      visit({ token: token++, patch: patch++, position: 1 + p, local, masked });
    }
  }
}

/**
 * patches (packed, C), cls (C), maskToken (C), pos (1 + g*g, C), posLocal (1 + l*l, C), mask (globals, g*g) of 0 and 1
 * or null for none -> tokens (packed with class rows, C).
 * A masked patch is replaced before the position is added, so a mask token knows where it is. Local sequences have no mask.
 */
export function assembleTokens(
  patches: Numbers, cls: Numbers, maskToken: Numbers, pos: Numbers, posLocal: Numbers, mask: Numbers | null, layout: TokenLayout,
): Float64Array {
  const C = cls.length;
  const rows = layout.globals * (1 + layout.g ** 2) + layout.locals * (1 + layout.l ** 2);
  const tokens = new Float64Array(rows * C);
  forEachToken(mask, layout, ({ token, patch, position, local, masked }) => {
    for (let c = 0; c < C; c++) {
      const content = patch < 0 ? cls[c]! : masked ? maskToken[c]! : patches[patch * C + c]!;
      tokens[token * C + c] = content + (local ? posLocal : pos)[position * C + c]!;
    }
  });
  return tokens;
}

/**
 * dtokens (packed, C) -> dpatches (packed, C; 0 where masked), dcls (C), dmaskToken (C), dpos (1 + g*g, C) of the global
 * sequences alone and dposLocal (1 + l*l, C). The whole gradient of the positions is
 * dpos + resamplePositionsBackward(dposLocal).
 */
export function assembleTokensBackward(dtokens: Numbers, mask: Numbers | null, layout: TokenLayout, C: number) {
  const dpatches = new Float64Array((layout.globals * layout.g ** 2 + layout.locals * layout.l ** 2) * C);
  const dcls = new Float64Array(C);
  const dmaskToken = new Float64Array(C);
  const dpos = new Float64Array((1 + layout.g ** 2) * C);
  const dposLocal = new Float64Array((1 + layout.l ** 2) * C);
  forEachToken(mask, layout, ({ token, patch, position, local, masked }) => {
    for (let c = 0; c < C; c++) {
      const d = dtokens[token * C + c]!;
      (local ? dposLocal : dpos)[position * C + c]! += d;
      if (patch < 0) dcls[c]! += d;
      else if (masked) dmaskToken[c]! += d;
      else dpatches[patch * C + c] = d;
    }
  });
  return { dpatches, dcls, dmaskToken, dpos, dposLocal };
}
