/** The reports of a checkpoint, a small part of its file, and nothing else of it. */
import type { ReportColumns } from '#contract/trainer.ts';
import { reportColumns } from './decode.ts';
import type { Disk } from './disk.ts';
import { refuse } from './fields.ts';
import { readHead } from './head.ts';
import type { Checkpoint } from './journal.ts';

/** Throws FormatError that says what is wrong, NewerVersionError. */
export async function readReports(disk: Disk, id: string, checkpoint: Pick<Checkpoint, 'file' | 'bytes'>): Promise<ReportColumns> {
  const { metadata, tensors } = await readHead(disk, id, checkpoint);
  const reports = tensors.get('reports');
  if (reports?.dtype !== 'F64' || reports.shape.length !== 2) refuse('it has no reports');
  const data = await disk.read(id, checkpoint.file, reports.at, reports.at + reports.bytes);
  if (data.byteLength !== reports.bytes) refuse('it was cut short');
  const columns = reportColumns(metadata, reports.shape, new Float64Array(data));
  columns.step.forEach((step, i) => { if (step !== i + 1) refuse(`report ${i + 1} is of step ${step}`); });
  return columns;
}
