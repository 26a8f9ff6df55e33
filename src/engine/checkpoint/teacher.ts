/** The teacher of a checkpoint, about a quarter of its file, and nothing else of it. */
import type { Disk } from './disk.ts';
import { refuse } from './fields.ts';
import { readHead } from './head.ts';
import type { Checkpoint } from './journal.ts';

/** Its weights as the flat buffer on the GPU has them. */
export interface KeptTeacher { step: number; weights: Float32Array<ArrayBuffer> }

/** That the weights fit the configuration is for the caller to check. Throws FormatError that says what is wrong, NewerVersionError. */
export async function readTeacher(disk: Disk, id: string, { file, bytes, step }: Checkpoint): Promise<KeptTeacher> {
  const teacher = (await readHead(disk, id, { file, bytes })).tensors.get('teacher');
  if (teacher?.dtype !== 'F32') return refuse('it has no numbers for "teacher"');
  const data = await disk.read(id, file, teacher.at, teacher.at + teacher.bytes);
  return data.byteLength === teacher.bytes ? { step, weights: new Float32Array(data) } : refuse('it was cut short');
}
