/** The teacher of a checkpoint, about a quarter of its file, and nothing else of it. */
import { readSafetensorsHeader, safetensorsHeaderBytes } from '#formats/safetensors.ts';
import { checkVersion } from './decode.ts';
import type { Disk } from './disk.ts';
import { refuse } from './fields.ts';
import type { Checkpoint } from './journal.ts';

/** Its weights as the flat buffer on the GPU has them. */
export interface KeptTeacher { step: number; weights: Float32Array<ArrayBuffer> }

/**
 * The checksum is over all of the file, so it is left unchecked: what comes of this is looked at. That the weights fit the
 * configuration is for the caller to check. Throws FormatError that says what is wrong, NewerVersionError.
 */
export async function readTeacher(disk: Disk, id: string, { file, bytes, step }: Checkpoint): Promise<KeptTeacher> {
  const header = safetensorsHeaderBytes(await disk.read(id, file, 0, 8), bytes);
  const { metadata, tensors } = readSafetensorsHeader(await disk.read(id, file, 0, header), bytes, ['F64', 'F32', 'U32']);
  checkVersion(metadata);
  const teacher = tensors.get('teacher');
  if (teacher?.dtype !== 'F32') return refuse('it has no numbers for "teacher"');
  const data = await disk.read(id, file, teacher.at, teacher.at + teacher.bytes);
  return data.byteLength === teacher.bytes ? { step, weights: new Float32Array(data) } : refuse('it was cut short');
}
