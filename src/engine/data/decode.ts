/** Files to pixels, with the browser's own decoders. */
import { UnusableImageError, messageOf } from '#lib/errors.ts';
import type { SourceImage } from './dataset.ts';
import { readHeader, sizeProblem } from './header.ts';
import type { Header } from './header.ts';

/** A decoded image, and the size in px that it has in the file, upright. */
export interface DecodedImage extends SourceImage { original: { width: number; height: number } }

export type ImageHeader = Extract<Header, { kind: 'image' }>;

/** Enough for nearly every header; a JPEG may put large colour profiles and previews before its size. */
const FIRST_READ = 1 << 16;
const LAST_READ = 1 << 22;

/**
 * Decodes the first frame upright, on white, with its shorter side at most `decodeSize` px (never
 * enlarged). Throws an UnusableImageError whose message is the reason.
 */
export async function decodeImage(blob: Blob, decodeSize: number): Promise<DecodedImage> {
  return decodeInspected(blob, await inspectImage(blob), decodeSize);
}

/** Format and size from the first bytes. Throws an UnusableImageError when that is enough to refuse the file. */
export async function inspectImage(blob: Blob): Promise<ImageHeader> {
  const read = async (length: number) => {
    try {
      return readHeader(new Uint8Array(await blob.slice(0, length).arrayBuffer()), blob.size);
    } catch (thrown) {
      throw new UnusableImageError(`The file can't be opened (${messageOf(thrown)}): it may have been moved or changed, or reading it isn't allowed.`);
    }
  };
  let header = await read(FIRST_READ);
  if (header.kind === 'incomplete' && blob.size > FIRST_READ) header = await read(LAST_READ);
  if (header.kind === 'refused') throw new UnusableImageError(header.reason);
  if (header.kind === 'image') return header;
  throw new UnusableImageError(blob.size > LAST_READ
    ? `The first ${LAST_READ >> 20} MiB of the ${header.format} file don't say how large the image is: save it anew with another program.`
    : `The ${header.format} file breaks off within its header: copy or download it again.`);
}

/** As `decodeImage`, for a file whose header has been read. */
export async function decodeInspected(blob: Blob, { format, mime }: ImageHeader, decodeSize: number): Promise<DecodedImage> {
  let bitmap: ImageBitmap;
  try {
    // The type that the bytes say, not the one that the name suggests.
    const typed = blob.slice(0, blob.size, mime);
    bitmap = await createImageBitmap(typed, { imageOrientation: 'from-image', premultiplyAlpha: 'premultiply', colorSpaceConversion: 'default' });
  } catch {
    throw new UnusableImageError(`The ${format} file is damaged or incomplete: the browser can't decode it.`);
  }
  const original = { width: bitmap.width, height: bitmap.height };
  try {
    // The decoded size may differ from the header's: swapped by EXIF, or the header lied.
    const problem = sizeProblem(bitmap.width, bitmap.height);
    if (problem) throw new UnusableImageError(problem);
    const { width, height } = fitShorterSide(bitmap.width, bitmap.height, decodeSize);
    if (width === bitmap.width && height === bitmap.height) return { ...paintOnWhite(bitmap), original };
    // Scaled only now, when the upright size is known.
    const scaled = await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
    try {
      return { ...paintOnWhite(scaled), original };
    } finally {
      scaled.close();
    }
  } finally {
    bitmap.close();
  }
}

/** The size, in px, whose shorter side is at most `limit`, in the same proportions; never larger than given. */
export function fitShorterSide(width: number, height: number, limit: number): { width: number; height: number } {
  const scale = Math.min(1, limit / Math.min(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

let canvas: OffscreenCanvas | undefined;

/** One canvas serves all: nothing is awaited between drawing and reading. */
function paintOnWhite(bitmap: ImageBitmap): SourceImage {
  const { width, height } = bitmap;
  canvas ??= new OffscreenCanvas(width, height);
  canvas.width = width;
  canvas.height = height;
  // Kept off the GPU: the pixels are wanted back at once.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new UnusableImageError('The browser gave no canvas to decode on: close other tabs and try again.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
