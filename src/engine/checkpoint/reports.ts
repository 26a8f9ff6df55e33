/** The reports of a checkpoint, without the weights. */
import type { ReportColumns } from '#contract/trainer.ts';
import { readSafetensorsHeader, safetensorsHeaderBytes } from '#formats/safetensors.ts';
import { reportColumns } from './decode.ts';
import type { Disk } from './disk.ts';
import { refuse } from './fields.ts';

/**
 * Reads the header and the reports of a file of `bytes` bytes. The checksum is over all of it, so it is left unchecked: what
 * comes of this is for charts. Throws FormatError.
 */
export async function readReports(disk: Disk, folder: string, file: string, bytes: number): Promise<ReportColumns> {
  const header = safetensorsHeaderBytes(await disk.read(folder, file, 0, 8), bytes);
  const { metadata, tensors } = readSafetensorsHeader(await disk.read(folder, file, 0, header), bytes, ['F64', 'F32', 'U32']);
  const reports = tensors.get('reports');
  if (reports?.dtype !== 'F64' || reports.shape.length !== 2) refuse('it has no reports');
  const data = new Float64Array(await disk.read(folder, file, reports.at, reports.at + reports.bytes));
  const columns = reportColumns(metadata, reports.shape, data);
  columns.step.forEach((step, i) => { if (step !== i + 1) refuse(`report ${i + 1} is of step ${step}`); });
  return columns;
}
