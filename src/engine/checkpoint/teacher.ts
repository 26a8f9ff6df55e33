/** The teacher out of a checkpoint: about a quarter of its file, and nothing else of it is read. */
import { openSafetensors } from '#formats/safetensors.ts';
import { checkVersion } from './decode.ts';
import type { Disk } from './disk.ts';
import { refuse } from './fields.ts';
import type { Checkpoint } from './journal.ts';

/** Its weights as the flat buffer on the GPU has them. */
export interface KeptTeacher { step: number; weights: Float32Array<ArrayBuffer> }

/**
 * To be looked through only: that the numbers are those written isn't checked, as the checksum is of the whole file, nor that
 * they fit a configuration. Throws FormatError that says what is wrong, NewerVersionError.
 */
export async function readTeacher(disk: Disk, id: string, { file, bytes, step }: Checkpoint): Promise<KeptTeacher> {
  const { metadata, tensor } = await openSafetensors(bytes, (from, to) => disk.read(id, file, from, to), ['F64', 'F32', 'U32']);
  checkVersion(metadata);
  const teacher = await tensor('teacher');
  return teacher?.dtype === 'F32' ? { step, weights: teacher.data } : refuse('it has no numbers for "teacher"');
}
