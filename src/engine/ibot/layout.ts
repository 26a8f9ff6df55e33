/**
 * Who is where in a micro-batch of `images` images. Sequences are packed view-major (global view 0 of every
 * image, global view 1, then the local crops); rows of the head are image-major (all views of image 0, ...),
 * followed by the masked patches in the order of the global sequences, so that the logits of whole images lie
 * together.
 */
import { packPair } from '#engine/ops/loss.ts';
import { NOWHERE } from '#engine/ops/rows.ts';
import { rowsOf, type Sequences } from '#engine/ops/sequences.ts';

export interface BatchShape { images: number; localViews: number; grid: number; localGrid: number; depth: number }

export const sequencesOf = (s: BatchShape): Sequences => ({
  globals: 2 * s.images, globalTokens: 1 + s.grid ** 2, locals: s.localViews * s.images, localTokens: 1 + s.localGrid ** 2,
});
export const teacherSequences = (s: BatchShape): Sequences => ({ ...sequencesOf(s), locals: 0 });
/** Rows of patches before the embedding: tokens without class tokens. */
export const patchRows = (s: BatchShape): number => s.images * (2 * s.grid ** 2 + s.localViews * s.localGrid ** 2);

/** Images `first` .. `first + count` of a batch's view-major data, `width` values per image and view; view-major again. */
export function imagesOf<T extends Float32Array | Uint8Array>(data: T, views: number, batch: number, first: number, count: number, width: number): T {
  const out = data.slice(0, views * count * width) as T;
  for (let v = 0; v < views; v++) {
    const from = (v * batch + first) * width;
    out.set(data.subarray(from, from + count * width) as T & ArrayLike<number>, v * count * width);
  }
  return out;
}

export interface BatchTables {
  masked: number;
  /** Token row of each head row, and head row of each token row. */
  studentIndex: Uint32Array; studentPlace: Uint32Array; teacherIndex: Uint32Array;
  /** Teacher rows and weights of each student row, packed for the cross-entropy. */
  pairs: Uint32Array;
  mask: Uint32Array;
}

/**
 * Index tables of one micro-batch. `mask` is (2 images, grid^2), 1 = hidden. `batch` is the number of images over
 * which the losses are means: the whole batch's, so that gradients of micro-batches add up.
 */
export function batchTables(s: BatchShape, mask: Uint8Array, batch: number): BatchTables {
  const views = 2 + s.localViews;
  const seq = sequencesOf(s);
  const b = s.images;
  const masked = mask.reduce((n, m) => n + m, 0);
  const studentIndex = new Uint32Array(b * views + masked);
  const teacherIndex = new Uint32Array(2 * b + masked);
  const studentPlace = new Uint32Array(rowsOf(seq)).fill(NOWHERE);
  const pairs = new DataView(new ArrayBuffer(16 * studentIndex.length));
  const dinoWeight = 1 / ((2 * views - 2) * batch);
  for (let i = 0; i < b; i++) {
    for (let v = 0; v < views; v++) {
      const row = i * views + v;
      studentIndex[row] = v < 2 ? (v * b + i) * seq.globalTokens : 2 * b * seq.globalTokens + ((v - 2) * b + i) * seq.localTokens;
      if (v < 2) {
        teacherIndex[2 * i + v] = studentIndex[row]!;
        packPair(pairs, row, 2 * i + 1 - v, 2 * i + 1 - v, dinoWeight, 0);
      } else {
        packPair(pairs, row, 2 * i, 2 * i + 1, dinoWeight, dinoWeight);
      }
    }
  }
  const patches = s.grid ** 2;
  let at = 0;
  for (let g = 0; g < 2 * b; g++) {
    const own = mask.subarray(g * patches, (g + 1) * patches);
    const weight = 1 / (Math.max(1, own.reduce((n, m) => n + m, 0)) * 2 * batch);
    own.forEach((hidden, j) => {
      if (!hidden) return;
      const token = g * seq.globalTokens + 1 + j;
      studentIndex[b * views + at] = token;
      teacherIndex[2 * b + at] = token;
      packPair(pairs, b * views + at, 2 * b + at, 2 * b + at, weight, 0);
      at++;
    });
  }
  studentIndex.forEach((token, row) => { studentPlace[token] = row; });
  return { masked, studentIndex, studentPlace, teacherIndex, pairs: new Uint32Array(pairs.buffer), mask: Uint32Array.from(mask) };
}

/** A piece of the head's rows whose logits live together, in words of functions of the number of masked patches. */
export interface Chunk {
  student: { row0: number; rows: (masked: number) => number; maxRows: number };
  teacher: { row0: number; rows: (masked: number) => number; maxRows: number };
}

/**
 * Cuts the head's rows so that no piece has over `rowLimit` student rows (at least one whole image or one patch):
 * all together if they fit, else images apart from patches.
 */
export function chunksOf(s: BatchShape, maxMasked: number, rowLimit: number): Chunk[] {
  const views = 2 + s.localViews;
  const cls = s.images * views;
  if (cls + maxMasked <= rowLimit) {
    return [{
      student: { row0: 0, rows: m => cls + m, maxRows: cls + maxMasked },
      teacher: { row0: 0, rows: m => 2 * s.images + m, maxRows: 2 * s.images + maxMasked },
    }];
  }
  const chunks: Chunk[] = [];
  const images = Math.max(1, Math.floor(rowLimit / views));
  for (let i = 0; i < s.images; i += images) {
    const n = Math.min(images, s.images - i);
    chunks.push({
      student: { row0: i * views, rows: () => n * views, maxRows: n * views },
      teacher: { row0: 2 * i, rows: () => 2 * n, maxRows: 2 * n },
    });
  }
  const patches = Math.max(1, rowLimit);
  for (let r = 0; r < maxMasked; r += patches) {
    const rows = (m: number) => Math.max(0, Math.min(patches, m - r));
    const maxRows = Math.min(patches, maxMasked - r);
    chunks.push({ student: { row0: cls + r, rows, maxRows }, teacher: { row0: 2 * s.images + r, rows, maxRows } });
  }
  return chunks;
}
