/** A run from the bytes of a file (see encode.ts); nothing in it is trusted. */
import type { ReportColumns, StepReport } from '#contract/trainer.ts';
import { FormatError, readSafetensors, type Safetensors } from '#formats/safetensors.ts';
import { NewerVersionError } from './errors.ts';
import { amount, configuration, type Json, list, parse, record, refuse, rngState, runId, text, whole } from './fields.ts';
import { sealed } from './seal.ts';
import { FIRST_COLUMNS, REPORT_COLUMNS, type RunSnapshot, SNAPSHOT_TENSORS, type SnapshotTensor } from './snapshot.ts';

type File = Safetensors<'F64' | 'F32' | 'U32'>;

const MAX_KERNELS = 10_000;

/**
 * Throws FormatError that says what is wrong, NewerVersionError for a file of a later program. That the tensors fit the
 * configuration is for the caller to check, as are the kernels. The numbers are views of `bytes`, which belong to the
 * snapshot from now on.
 */
export async function decodeSnapshot(bytes: ArrayBuffer): Promise<RunSnapshot> {
  const file = readSafetensors(bytes, ['F64', 'F32', 'U32']);
  checkVersion(file.metadata);
  if (!await sealed(bytes)) refuse('its content was damaged or changed since it was written (its checksum differs)');
  const run = parse(file.metadata.get('run') ?? '', '"run"');
  const order = numbers(file, 'order', 'U32', 1);
  return checkedRun(run, order.data as Uint32Array<ArrayBuffer>, reportsOf(file), new Map(SNAPSHOT_TENSORS.map(key => [key, numbers(file, key, 'F32', 1).data as Float32Array<ArrayBuffer>])));
}

/** Throws FormatError for a file of something else, NewerVersionError for one of a later program. */
export function checkVersion(metadata: ReadonlyMap<string, string>): void {
  const version = /^(\d{1,9})(\.\d{1,9})?$/.exec(metadata.get('glimpse_run') ?? '')?.[1];
  if (!version) refuse('it is a safetensors file without a run of Glimpse');
  if (Number(version) > 1) throw new NewerVersionError(`This run was made by a newer Glimpse (its format is ${version}, this one reads 1). Reload the page to get the newest version, then try again.`);
  if (Number(version) < 1) refuse('its version is 0');
}

/** Puts a run together from its parts, each of which is checked by itself and against the others. Throws FormatError. */
export function checkedRun(run: Json, indices: Uint32Array<ArrayBuffer>, reports: StepReport[], tensors: ReadonlyMap<SnapshotTensor, Float32Array<ArrayBuffer>>): RunSnapshot {
  const config = configuration(run, 'config');
  const dataset = record(run['dataset'], '"dataset"');
  const order = record(run['order'], '"order"');
  const streams = record(run['streams'], '"streams"');
  const size = tensors.get('student')?.length ?? 0;
  for (const key of SNAPSHOT_TENSORS) {
    const length = tensors.get(key)?.length ?? 0;
    if (!length) refuse(`it has no numbers for "${key}"`);
    if (key !== 'centers' && length !== size) refuse(`"${key}" has ${length} numbers and "student" ${size}`);
  }
  const step = whole(run, 'step', 0, config.steps);
  if (reports.length !== step) refuse(`it has ${reports.length} reports of ${step} steps`);
  reports.forEach((report, i) => { if (report.step !== i + 1) refuse(`report ${i + 1} is of step ${report.step}`); });
  const count = whole(dataset, 'count', 1, 2 ** 32 - 1);
  checkShuffle(indices, count);
  return {
    id: runId(run, 'id'), name: text(run, 'name'), started: amount(run, 'started'), written: amount(run, 'written'),
    config, step, elapsed: amount(run, 'elapsed'),
    dataset: { name: text(dataset, 'name'), hash: text(dataset, 'hash'), count },
    order: { indices, at: whole(order, 'at', 0, count), rng: rngState(order, 'rng') },
    streams: { views: rngState(streams, 'views'), masks: rngState(streams, 'masks'), dropPath: rngState(streams, 'dropPath') },
    kernels: list(run, 'kernels', MAX_KERNELS).map(item => {
      const kernel = record(item, 'a kernel');
      return { key: text(kernel, 'key'), tile: text(kernel, 'tile'), splits: whole(kernel, 'splits', 1, 65_535) };
    }),
    reports, tensors,
  };
}

/** Each image once. */
function checkShuffle(indices: Uint32Array, count: number): void {
  if (indices.length !== count) refuse(`its order has ${indices.length} images, its dataset ${count}`);
  const seen = new Uint8Array(count);
  for (const index of indices) {
    if (index >= count || seen[index]) refuse(`its order has image ${index} twice, or has no such image`);
    seen[index] = 1;
  }
}

function reportsOf(file: File): StepReport[] {
  const { shape, data } = numbers(file, 'reports', 'F64', 2);
  const columns = reportColumns(file.metadata, shape, data as Float64Array<ArrayBuffer>);
  return Array.from({ length: shape[1]! }, (_, i) => Object.fromEntries(REPORT_COLUMNS.map(column => [column, columns[column][i]!])) as unknown as StepReport);
}

/** By name, from `data` (columns, steps). Columns of a newer program are left out, those that an older one didn't have yet are NaN. */
export function reportColumns(metadata: ReadonlyMap<string, string>, shape: readonly number[], data: Float64Array<ArrayBuffer>): ReportColumns {
  const [columns, steps] = shape as [number, number];
  let names: unknown;
  try {
    names = JSON.parse(metadata.get('columns') ?? '');
  } catch {
    refuse('"columns" is no JSON');
  }
  if (!Array.isArray(names) || names.length !== columns) return refuse(`"columns" does not name the ${columns} columns of its reports`);
  return Object.fromEntries(REPORT_COLUMNS.map(column => {
    const c = names.indexOf(column);
    if (c < 0 && !FIRST_COLUMNS.some(first => first === column)) return [column, new Float64Array(steps).fill(NaN)];
    if (c < 0 || c !== names.lastIndexOf(column)) refuse(`its reports have no or two columns "${column}"`);
    return [column, data.subarray(c * steps, (c + 1) * steps)];
  })) as ReportColumns;
}

function numbers(file: File, name: string, dtype: 'F64' | 'F32' | 'U32', dimensions: number) {
  const tensor = file.tensors.get(name) ?? refuse(`it has no tensor "${name}"`);
  if (tensor.dtype !== dtype || tensor.shape.length !== dimensions) throw new FormatError(`This is no run that Glimpse can read: "${name}" is ${tensor.dtype} in ${tensor.shape.length} dimensions, expected ${dtype} in ${dimensions}.`);
  return tensor;
}
