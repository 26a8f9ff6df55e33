/**
 * Width and height from the header of each format. `view` is the beginning of a file whose magic bytes
 * have been recognised. Sources: the PNG specification 11.2.2, JPEG T.81 annex B, RFC 9649 (WebP),
 * GIF89a section 18, the BITMAPINFOHEADER, ISO/IEC 23008-12 6.5.3 (`ispe`).
 */
import { text } from './header-refusals.ts';

/** px, or 'incomplete' when the header goes on behind the bytes given, or what is wrong with it. */
export type SizeResult = { width: number; height: number } | 'incomplete' | (string & {});

/** Boxes and segments looked at before a header counts as broken: real ones have a few dozen. */
const MAX_STEPS = 4096;

export function pngSize(view: DataView): SizeResult {
  if (view.byteLength < 24) return 'incomplete';
  if (view.getUint32(8) !== 13 || text(view, 12, 4) !== 'IHDR') return 'the first chunk isn\'t IHDR';
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

export function gifSize(view: DataView): SizeResult {
  if (view.byteLength < 10) return 'incomplete';
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

export function bmpSize(view: DataView): SizeResult {
  if (view.byteLength < 26) return 'incomplete';
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  const width = view.getInt32(18, true);
  if (width < 0) return 'the width is negative';
  // A negative height means that the rows run from the top down.
  return { width, height: Math.abs(view.getInt32(22, true)) };
}

/** Markers without a segment behind them: TEM and RST0 to RST7. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

export function jpegSize(view: DataView): SizeResult {
  let at = 2;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (at + 2 > view.byteLength) return 'incomplete';
    if (view.getUint8(at) !== 0xff) return 'a segment doesn\'t begin with a marker';
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) { at += 1; continue; }
    if (isBare(marker)) { at += 2; continue; }
    if (marker === 0xd9 || marker === 0xda) return 'the pixels begin before their size is given';
    if (at + 4 > view.byteLength) return 'incomplete';
    const length = view.getUint16(at + 2);
    if (length < 2) return 'a segment has no length';
    if (isFrame(marker)) {
      if (at + 9 > view.byteLength) return 'incomplete';
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + length;
  }
  return 'it has too many segments';
}

export function webpSize(view: DataView): SizeResult {
  if (view.byteLength < 30) return 'incomplete';
  switch (text(view, 12, 4)) {
    case 'VP8 ':
      if (view.getUint8(23) !== 0x9d || view.getUint8(24) !== 0x01 || view.getUint8(25) !== 0x2a) return 'the start code of the frame is missing';
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      if (view.getUint8(20) !== 0x2f) return 'the signature of the frame is missing';
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X': {
      const uint24 = (offset: number) => view.getUint16(offset, true) + view.getUint8(offset + 2) * 65536;
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    }
    default: return 'the first chunk is none of VP8, VP8L and VP8X';
  }
}

/** Bytes between a box's header and its children, of the boxes on the way to `ispe`. */
const CONTAINERS = new Map([['meta', 4], ['iprp', 0], ['ipco', 0]]);

/**
 * The largest of the `ispe` sizes: a file may hold a thumbnail, an alpha plane and the tiles of a grid
 * beside the image itself, and none of those is larger.
 */
export function avifSize(view: DataView): SizeResult {
  let at = 0;
  let width = 0;
  let height = 0;
  let found = false;
  for (let step = 0; step < MAX_STEPS && at + 8 <= view.byteLength; step++) {
    const type = text(view, at + 4, 4);
    if (found && type === 'mdat') break;
    const skip = CONTAINERS.get(type);
    // All of `meta` must be here, or a thumbnail's size could be taken for the image's.
    if (type === 'meta' && at + boxLength(view, at) > view.byteLength) return 'incomplete';
    if (skip !== undefined) { at += 8 + skip; continue; }
    if (type === 'ispe') {
      if (at + 20 > view.byteLength) break;
      const w = view.getUint32(at + 12);
      const h = view.getUint32(at + 16);
      if (!found || w * h > width * height) [width, height, found] = [w, h, true];
    }
    const length = boxLength(view, at);
    if (length === 0) break;
    if (length < 8) return 'a box is shorter than its own header';
    at += length;
  }
  return found ? { width, height } : 'incomplete';
}

/** Bytes of the box at `at`; 0 when it reaches to the end of the file. */
function boxLength(view: DataView, at: number): number {
  const length = view.getUint32(at);
  if (length !== 1) return length;
  return at + 16 <= view.byteLength ? view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12) : 0;
}
