/**
 * What kind of picture a file is and how large, read from its first bytes and nothing else.
 * The bytes are hostile: every read is checked, every walk moves forward, and no size that a file
 * declares is ever allocated.
 */
import { avifSize, bmpSize, gifSize, jpegSize, pngSize, webpSize } from './header-sizes.ts';
import type { Size, SizeResult } from './header-sizes.ts';
import { refusalOf, text } from './header-refusals.ts';

export type ImageFormat = 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'GIF' | 'BMP';

export type Header =
  /** `width` and `height` in px, as stored: EXIF may still swap them. */
  | { kind: 'image'; format: ImageFormat; mime: string; width: number; height: number }
  /** The header goes on behind the bytes given. */
  | { kind: 'incomplete'; format: ImageFormat }
  | { kind: 'refused'; reason: string };

export const MAX_PIXELS = 100_000_000;
export const MAX_SIDE = 30_000;
/** An image this narrow has nothing to crop views from. */
export const MIN_SIDE = 8;

const MIME: Record<ImageFormat, string> = {
  JPEG: 'image/jpeg', PNG: 'image/png', WebP: 'image/webp', AVIF: 'image/avif', GIF: 'image/gif', BMP: 'image/bmp',
};

const SIZE: Record<ImageFormat, (view: DataView) => SizeResult> = {
  JPEG: jpegSize, PNG: pngSize, WebP: webpSize, AVIF: avifSize, GIF: gifSize, BMP: bmpSize,
};

/** Reads the header in `bytes`, the beginning of a file of `fileSize` bytes. Never throws. */
export function readHeader(bytes: Uint8Array, fileSize: number): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) return { kind: 'refused', reason: 'The file is empty.' };
  const format = sniff(view);
  if (!format) return { kind: 'refused', reason: refusalOf(view) };
  const size = SIZE[format](view);
  if (size === 'incomplete') return { kind: 'incomplete', format };
  if (typeof size === 'string') return { kind: 'refused', reason: `The ${format} header is broken: ${size}.` };
  const reason = sizeProblem(size.width, size.height) ?? emptyClaim(format, size, fileSize);
  return reason ? { kind: 'refused', reason } : { kind: 'image', format, mime: MIME[format], width: size.width, height: size.height };
}

/** Why an image of this size can't be used, or null when it can. */
export function sizeProblem(width: number, height: number): string | null {
  const size = `${width} x ${height} px`;
  if (width === 0 || height === 0) return `The image is ${size}: it has no pixels.`;
  if (width > MAX_SIDE || height > MAX_SIDE) return `The image is ${size}, a side may be at most ${MAX_SIDE} px: scale it down.`;
  if (width * height > MAX_PIXELS) return `The image is ${size}, ${Math.round(width * height / 1e6)} megapixels, at most ${MAX_PIXELS / 1e6} are read: scale it down.`;
  if (width < MIN_SIDE || height < MIN_SIDE) return `The image is ${size}, too small: each side needs at least ${MIN_SIDE} px.`;
  return null;
}

/** A file too short for the pixels it claims would have them all allocated before the decoder notices. */
function emptyClaim(format: ImageFormat, { width, height, leastBytes = 0 }: Size, fileSize: number): string | null {
  if (fileSize >= leastBytes) return null;
  return `The ${format} file claims ${width} x ${height} px and has ${fileSize.toLocaleString('en')} bytes, too few for so many: it is damaged or made up.`;
}

function sniff(view: DataView): ImageFormat | null {
  const at = (offset: number) => (offset < view.byteLength ? view.getUint8(offset) : -1);
  if (at(0) === 0xff && at(1) === 0xd8 && at(2) === 0xff) return 'JPEG';
  if (text(view, 0, 8) === '\x89PNG\r\n\x1a\n') return 'PNG';
  if (text(view, 0, 6) === 'GIF87a' || text(view, 0, 6) === 'GIF89a') return 'GIF';
  if (text(view, 0, 4) === 'RIFF' && text(view, 8, 4) === 'WEBP') return 'WebP';
  if (isAvif(view)) return 'AVIF';
  // "BM" alone is too little to go by: the four reserved bytes and the size of the next header must fit too.
  if (text(view, 0, 2) === 'BM' && (view.byteLength < 18 || [12, 40, 52, 56, 64, 108, 124].includes(view.getUint32(14, true)))) return 'BMP';
  return null;
}

/** The brands that a file of the HEIF family names: the major one, then the compatible ones. */
function isAvif(view: DataView): boolean {
  if (text(view, 4, 4) !== 'ftyp' || view.byteLength < 12) return false;
  const end = Math.min(view.getUint32(0), view.byteLength, 256);
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = text(view, at, 4);
    if (at !== 12 && (brand === 'avif' || brand === 'avis')) return true;
  }
  return false;
}
