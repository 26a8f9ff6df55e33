import { readSafetensorsHeader, safetensorsHeaderBytes, type TensorPlace } from '#formats/safetensors.ts';
import { checkVersion } from './decode.ts';
import type { Disk } from './disk.ts';

/**
 * What a checkpoint's file says of itself and where its tensors lie; nothing else of it is read. The checksum is over all of
 * the file, so it is left unchecked: what comes of this is looked at. Throws FormatError, NewerVersionError.
 */
export async function readHead(disk: Disk, id: string, { file, bytes }: { file: string; bytes: number }): Promise<{ metadata: Map<string, string>; tensors: Map<string, TensorPlace<'F64' | 'F32' | 'U32'>> }> {
  const header = safetensorsHeaderBytes(await disk.read(id, file, 0, 8), bytes);
  const head = readSafetensorsHeader(await disk.read(id, file, 0, header), bytes, ['F64', 'F32', 'U32']);
  checkVersion(head.metadata);
  return head;
}
