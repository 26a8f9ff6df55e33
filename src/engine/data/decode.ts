/** Files to pixels, with the browser's own decoders. */
import { UnusableImageError, messageOf } from '#lib/errors.ts';
import type { SourceImage } from './dataset.ts';
import { Gate } from './gate.ts';
import { readHeader, sizeProblem } from './header.ts';
import type { Header } from './header.ts';

/** Enough for nearly every header; a JPEG may put large colour profiles and previews before its size. */
const FIRST_READ = 1 << 16;
const LAST_READ = 1 << 22;

/** Pixels being decoded at once, over all callers: an image takes 4 bytes per pixel, twice while it is scaled. */
const pixelGate = new Gate(50_000_000);

/**
 * Decodes the first frame upright, on white, with its shorter side at most `decodeSize` px (never
 * enlarged). Throws an UnusableImageError whose message is the reason.
 */
export async function decodeImage(blob: Blob, decodeSize: number): Promise<SourceImage> {
  const header = await inspect(blob);
  if (header.kind === 'refused') throw new UnusableImageError(header.reason);
  if (header.kind === 'incomplete') throw new UnusableImageError(`The ${header.format} file breaks off within its header: copy or download it again.`);
  // The type that the bytes say, not the one that the name suggests.
  const typed = blob.slice(0, blob.size, header.mime);
  return pixelGate.run(header.width * header.height, () => decodeWhole(typed, header.format, decodeSize));
}

async function inspect(blob: Blob): Promise<Header> {
  const read = async (length: number) => {
    try {
      return readHeader(new Uint8Array(await blob.slice(0, length).arrayBuffer()));
    } catch (thrown) {
      throw new UnusableImageError(`The file can't be opened (${messageOf(thrown)}): it may have been moved, or reading it isn't allowed.`);
    }
  };
  const header = await read(FIRST_READ);
  return header.kind === 'incomplete' && blob.size > FIRST_READ ? read(LAST_READ) : header;
}

async function decodeWhole(blob: Blob, format: string, decodeSize: number): Promise<SourceImage> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image', premultiplyAlpha: 'premultiply', colorSpaceConversion: 'default' });
  } catch {
    throw new UnusableImageError(`The ${format} file is damaged or incomplete: the browser can't decode it.`);
  }
  try {
    // The decoded size may differ from the header's: swapped by EXIF, or the header lied.
    const problem = sizeProblem(bitmap.width, bitmap.height);
    if (problem) throw new UnusableImageError(problem);
    const { width, height } = fitShorterSide(bitmap.width, bitmap.height, decodeSize);
    if (width === bitmap.width && height === bitmap.height) return paintOnWhite(bitmap);
    // Scaled only now, when the upright size is known.
    const scaled = await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
    try {
      return paintOnWhite(scaled);
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
