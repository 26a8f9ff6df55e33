/**
 * A run as a file: what a checkpoint is on disk and what is exported. It is a safetensors file, so that anyone can open it:
 *
 *   tensors   student, teacher, first, second, centers   F32 (n): the flat buffers, padded as on the GPU
 *             order      U32 (images): the shuffle of the epoch under way
 *             reports    F64 (columns, steps): a row per column of the reports
 *   metadata  glimpse_run  "1": the version, or "1.m". A reader takes every m, ignoring what it doesn't know; whatever
 *                          changes what a run is makes it "2"
 *             sha256       of the whole file with these 64 digits as "0": notices a flipped bit anywhere
 *             run          JSON: all the rest
 *             columns      JSON: the names of the reports' columns
 *
 * SHA-256 because crypto.subtle has it in every browser at about a gigabyte a second, and every other program has it as well;
 * sums that are simpler on paper are slower in JavaScript.
 */
import { type Writable, writeSafetensors } from '#formats/safetensors.ts';
import { checkedRun } from './decode.ts';
import { seal } from './seal.ts';
import { REPORT_COLUMNS, type RunSnapshot, SNAPSHOT_TENSORS } from './snapshot.ts';

export const VERSION = '1';

/** The bytes of a file. Throws FormatError where `decodeSnapshot` would refuse them: what is kept can be read. */
export async function encodeSnapshot(s: RunSnapshot): Promise<ArrayBuffer> {
  const { id, name, started, written, config, dataset, step, elapsed, order, streams, kernels, reports } = s;
  const run = { id, name, started, written, config, dataset, step, elapsed, order: { at: order.at, rng: order.rng }, streams, kernels };
  checkedRun(run, order.indices, reports, s.tensors);
  const tensors = new Map<string, Writable>();
  for (const key of SNAPSHOT_TENSORS) {
    const data = s.tensors.get(key)!;
    tensors.set(key, { shape: [data.length], data });
  }
  tensors.set('order', { shape: [order.indices.length], data: order.indices });
  const columns = new Float64Array(REPORT_COLUMNS.length * reports.length);
  REPORT_COLUMNS.forEach((column, c) => reports.forEach((report, i) => { columns[c * reports.length + i] = report[column]; }));
  tensors.set('reports', { shape: [REPORT_COLUMNS.length, reports.length], data: columns });
  const bytes = writeSafetensors(tensors, { glimpse_run: '1', sha256: '0'.repeat(64), run: JSON.stringify(run), columns: JSON.stringify(REPORT_COLUMNS) });
  await seal(bytes);
  return bytes;
}
