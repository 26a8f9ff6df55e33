/** Centers, targets, cross-entropy and KoLeo against their twins; the step's numbers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '#engine/gpu/device.ts';
import { padded } from '#engine/gpu/tensor.ts';
import * as twin from '#reference/cross-entropy.ts';
import { koleo as koleoTwin } from '#reference/koleo.ts';
import { checkClose, checkRows, checkSame, normals, openGpu, padRows, runOp, STALE, WAYS } from '#testing/check-op.ts';
import { centerSums, centerUpdate, crossEntropy, koleoBackward, koleoForward, packPair, stepLosses, teacherSoftmax } from './loss.ts';

/** A piece of the rows: `row0` is the first one's number; the class rows come first. */
interface Piece { rows: number; row0: number }
const ofPiece = { rows: (l: Piece) => l.rows, row0: (l: Piece) => l.row0 };
const PROTOTYPES = [1, 2, 97, 1030, 2048, 16500, 32768];
/** All rows, and how many of them are class rows; the pieces: everything, rows across the border, rows behind it. */
const [ROWS, CLS] = [40, 5];
const PIECES: Piece[] = [{ rows: 40, row0: 0 }, { rows: 9, row0: 3 }, { rows: 3, row0: 37 }];

/** (2, k) -> (2, padded k). */
const both = (values: Float32Array, k: number) => padRows(values, 2, k);

describe.each(WAYS)('%s', way => {
  let gpu: Gpu;
  beforeAll(async () => { gpu = await openGpu(way); });
  afterAll(() => gpu.destroy());

  describe.each(PROTOTYPES)('K = %i', k => {
    const all = normals(ROWS * k, 1, 0.3);
    const piece = (p: Piece, values: Float32Array) => values.subarray(p.row0 * k, (p.row0 + p.rows) * k);

    test.each(PIECES)('center sums of $rows rows from $row0', async live => {
      const sums0 = normals(2 * k, 2);
      const want = Float64Array.from(sums0);
      for (let r = live.row0; r < live.row0 + live.rows; r++) for (let i = 0; i < k; i++) want[(r < CLS ? 0 : k) + i]! += all[r * k + i]!;
      const { sums } = await runOp(gpu, { logits: padRows(piece(live, all), live.rows, k) }, { sums: both(sums0, k) },
        (p, t) => centerSums<Piece>(p, { logits: t.logits, sums: t.sums, maxRows: live.rows + 4, clsRows: CLS, k, ...ofPiece }), live);
      checkRows('sums', sums, want, k);
    });

    test.each(PIECES)('teacher targets of $rows rows from $row0', async live => {
      const centers = normals(2 * k, 3, 0.1);
      const temp = 0.04;
      const want = Float64Array.from({ length: live.rows * k });
      for (let r = 0; r < live.rows; r++) {
        const center = live.row0 + r < CLS ? centers.subarray(0, k) : centers.subarray(k);
        want.set(twin.teacherSoftmax(piece(live, all).subarray(r * k, (r + 1) * k), center, temp, 1, k), r * k);
      }
      const got = await runOp(gpu, { centers: both(centers, k) }, { logits: padRows(piece(live, all), live.rows, k), entropy: ROWS },
        (p, t) => teacherSoftmax<Piece>(p, { logits: t.logits, centers: t.centers, entropy: t.entropy, maxRows: live.rows, clsRows: CLS, k, temp: () => temp, ...ofPiece }), live);
      checkRows('p', got.logits, want, k, { tolerance: 2e-5 }); // scores of 20 or more have steps of 2e-6
      const rowsOfPiece = Array.from({ length: live.rows }, (_, r) => twin.meanEntropy(want.subarray(r * k, (r + 1) * k), 1, k));
      checkClose('entropy', got.entropy.slice(live.row0, live.row0 + live.rows), rowsOfPiece, { tolerance: 2e-5, atLeast: 1 });
      expect(got.entropy.filter(e => e === STALE)).toHaveLength(ROWS - live.rows);
    });

    test.each(PIECES)('cross-entropy of $rows rows from $row0', async live => {
      const [temp, clsWeight, patchWeight, teacherRow0, teacherRows] = [0.1, 0.7, 1.3, 2, 6];
      const targets = twin.teacherSoftmax(normals(teacherRows * k, 4, 0.3), new Float64Array(k), 0.04, teacherRows, k).map(Math.fround);
      // Rows of the whole batch's teacher; two targets for every third row.
      const pairs = Array.from({ length: ROWS }, (_, r): twin.Target[] => {
        const one = { row: teacherRow0 + r % teacherRows, weight: Math.fround(0.1 + 0.01 * r) };
        return r % 3 === 0 ? [one, { row: teacherRow0 + (r + 1) % teacherRows, weight: Math.fround(0.3) }] : [one];
      });
      const packed = new DataView(new ArrayBuffer(16 * ROWS));
      pairs.forEach(([one, other], r) => packPair(packed, r, one!.row, (other ?? one!).row, one!.weight, other?.weight ?? 0));
      const losses = new Float64Array(live.rows);
      const dlogits = new Float64Array(live.rows * k);
      for (let r = 0; r < live.rows; r++) {
        const own = pairs[live.row0 + r]!.map(t => ({ ...t, row: t.row - teacherRow0 }));
        const row = twin.crossEntropy(piece(live, all).subarray(r * k, (r + 1) * k), targets, [own], temp, k);
        losses[r] = row.loss;
        dlogits.set(row.dlogits.map(d => d * (live.row0 + r < CLS ? clsWeight : patchWeight)), r * k);
      }
      const got = await runOp(gpu, { targets: padRows(targets, teacherRows, k), pairs: new Uint32Array(packed.buffer) },
        { logits: padRows(piece(live, all), live.rows, k), losses: ROWS },
        (p, t) => crossEntropy<Piece>(p, {
          logits: t.logits, targets: t.targets, pairs: t.pairs, losses: t.losses, maxRows: live.rows, clsRows: CLS, k, temp,
          teacherRow0: () => teacherRow0, clsWeight: () => clsWeight, patchWeight: () => patchWeight, ...ofPiece,
        }), live);
      // With one prototype everything cancels; what is left is the rounding of weight / temp.
      checkRows('dlogits', got.logits, dlogits, k, { tolerance: 1e-5, atLeast: k === 1 ? 10 : 0 });
      checkClose('losses', got.losses.slice(live.row0, live.row0 + live.rows), losses, { tolerance: 1e-5, atLeast: k === 1 ? 1 : 0 });
      expect(got.losses.filter(e => e === STALE)).toHaveLength(ROWS - live.rows);
    });

    test('no rows: nothing is touched', async () => {
      const sums0 = both(normals(2 * k, 2), k);
      const got = await runOp(gpu, { targets: new Float32Array(padded(k)), pairs: new Uint32Array(4), centers: both(normals(2 * k, 3), k) },
        { sums: sums0, logits: padded(k), entropy: 4, losses: 4 }, (p, t) => {
          const common = { logits: t.logits, maxRows: 4, clsRows: CLS, k, ...ofPiece };
          centerSums<Piece>(p, { ...common, sums: t.sums });
          teacherSoftmax<Piece>(p, { ...common, centers: t.centers, entropy: t.entropy, temp: () => 0.04 });
          crossEntropy<Piece>(p, { ...common, targets: t.targets, pairs: t.pairs, losses: t.losses, teacherRow0: () => 0, temp: 0.1, clsWeight: () => 1, patchWeight: () => 1 });
        }, { rows: 0, row0: 5 });
      checkSame('sums', got.sums, sums0);
      for (const t of [got.logits, got.entropy, got.losses]) expect(t.every(v => v === STALE)).toBe(true);
    });

    test('center update', async () => {
      const [centers0, sums] = [normals(2 * k, 5), normals(2 * k, 6, 10)];
      const update = (clsRows: number, patchRows: number, taken: number) => runOp(gpu,
        { sums: both(sums, k), numbers: Float32Array.of(0, 0, 0, 0, 0, taken, 0, 0) }, { centers: both(centers0, k) },
        (p, t) => centerUpdate(p, { sums: t.sums, numbers: t.numbers, centers: t.centers, k, params: () => ({ cls_rows: clsRows, patch_rows: patchRows, momentum: 0.9, rest: 1 - 0.9 }) }));
      const want = (part: 0 | 1, rows: number) => [...twin.centerUpdate(centers0.subarray(part * k, (part + 1) * k), sums.subarray(part * k, (part + 1) * k), rows, 0.9)];
      checkRows('centers', (await update(8, 31, 1)).centers, [...want(0, 8), ...want(1, 31)], k);
      const unmasked = (await update(8, 0, 1)).centers;
      checkRows('centers without masked patches', unmasked, [...want(0, 8), ...want(1, 0)], k);
      checkSame('the patch center', unmasked.slice(padded(k)), both(centers0, k).slice(padded(k)));
      checkSame('centers after a refused step', (await update(8, 31, 0)).centers, both(centers0, k));
    });
  });

  test('logits of hundreds neither overflow nor lose the loss', async () => {
    const k = 5;
    const logits = Float32Array.of(60, -60, 0, 59.9, -200);
    const targets = Float32Array.of(0, 1, 0, 0, 0);
    const packed = new DataView(new ArrayBuffer(16));
    packPair(packed, 0, 0, 0, 1, 0);
    const want = twin.crossEntropy(logits, targets, [[{ row: 0, weight: 1 }]], 0.1, k);
    const got = await runOp(gpu, { targets: padRows(targets, 1, k), pairs: new Uint32Array(packed.buffer) }, { logits: padRows(logits, 1, k), losses: 4 },
      (p, t) => crossEntropy<Piece>(p, { ...t, maxRows: 1, clsRows: 1, k, temp: 0.1, teacherRow0: () => 0, clsWeight: () => 1, patchWeight: () => 1, ...ofPiece }), { rows: 1, row0: 0 });
    expect(want.loss).toBeGreaterThan(1200);
    checkClose('loss', [got.losses[0]!], [want.loss]);
    checkRows('dlogits', got.logits, want.dlogits, k, { tolerance: 5e-5 });
    const soft = await runOp(gpu, { centers: new Float32Array(16) }, { logits: padRows(logits, 1, k), entropy: 4 },
      (p, t) => teacherSoftmax<Piece>(p, { ...t, maxRows: 1, clsRows: 1, k, temp: () => 0.04, ...ofPiece }), { rows: 1, row0: 0 });
    const p = twin.teacherSoftmax(logits, new Float64Array(k), 0.04, 1, k);
    checkRows('p', soft.logits, p, k, { tolerance: 1e-4 });
    checkClose('entropy', [soft.entropy[0]!], [twin.meanEntropy(p, 1, k)], { tolerance: 5e-4 }); // 60 / 0.04 has steps of 1e-4
  });

  test.each([[2, 2, 6], [3, 5, 7], [5, 4, 33], [70, 2, 5]])('KoLeo of %i images, %i views, %i channels', async (images, views, c) => {
    const rows = images * views + 3;
    const [features, dfeatures0] = [normals(rows * c, 1), normals(rows * c, 2)];
    const weight = 0.3;
    const want = Float64Array.from(dfeatures0);
    const losses: number[] = [];
    const nearest: number[] = [];
    for (const view of [0, 1]) {
      const rowsOfView = Array.from({ length: images }, (_, i) => i * views + view);
      const own = Float64Array.from(rowsOfView.flatMap(r => [...features.subarray(r * c, (r + 1) * c)]));
      const one = koleoTwin(own, images, c);
      losses.push(one.loss);
      nearest.push(...one.nearest);
      rowsOfView.forEach((r, i) => { for (let j = 0; j < c; j++) want[r * c + j]! += weight * one.dx[i * c + j]!; });
    }
    const got = await runOp(gpu, { features: padRows(features, rows, c) }, { neighbors: 8 * images, losses: 2 * images, dfeatures: padRows(dfeatures0, rows, c) }, (p, t) => {
      const common = { features: t.features, neighbors: t.neighbors, images, views, c };
      koleoForward(p, { ...common, losses: t.losses });
      koleoBackward(p, { ...common, dfeatures: t.dfeatures, weight: () => weight });
    });
    expect(Array.from(got.neighbors.filter((_, i) => i % 4 === 0))).toEqual(nearest);
    checkClose('loss', [0, 1].map(v => got.losses.subarray(v * images, (v + 1) * images).reduce((a, b) => a + b, 0)), losses, { tolerance: 1e-5 });
    // Near neighbours: their difference keeps fewer digits than they have themselves.
    checkRows('dfeatures', got.dfeatures, want, c, { tolerance: images > 5 ? 1e-4 : 1e-5 });
  });

  test.each([true, false])('step losses, with KoLeo: %s', async withKoleo => {
    const [losses, entropy, koleo] = [normals(203, 1), normals(90, 2), normals(6, 3)];
    const start = normals(16, 4);
    const sum = (v: Float32Array) => v.reduce((a, b) => a + b, 0);
    const got = await runOp(gpu, { losses, entropy, koleo }, { numbers: start }, (p, t) => stepLosses(p, {
      losses: t.losses, entropy: t.entropy, numbers: t.numbers, ...(withKoleo ? { koleo: { losses: t.koleo, rows: 6 } } : {}),
      params: () => ({ rows: 201, cls_rows: 70, teacher_cls_rows: 66, entropy_scale: 0.125 }),
    }));
    const want = Float64Array.from(start);
    want[0]! += sum(losses.slice(0, 70));
    want[1]! += sum(losses.slice(70, 201));
    if (withKoleo) want[2]! += sum(koleo);
    want[3]! += 0.125 * sum(entropy.slice(0, 66));
    checkClose('numbers', got.numbers, want, { tolerance: 1e-5 });
  });
});
