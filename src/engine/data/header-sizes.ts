/**
 * Width and height from the header of each format. `view` is the beginning of a file whose magic bytes
 * have been recognised. Sources: the PNG specification 11.2.2, JPEG T.81 annex B, RFC 9649 (WebP),
 * GIF89a section 18, the BITMAPINFOHEADER, ISO/IEC 23008-12 6.5.3 (`ispe`).
 */
import { text } from './header-refusals.ts';

/** px, and how many bytes a file must at least have for so many pixels, where the format says. */
export interface Size { width: number; height: number; leastBytes?: number }

/** The size, or 'incomplete' when the header goes on behind the bytes given, or what is wrong with it. */
export type SizeResult = Size | 'incomplete' | (string & {});

/** Boxes and segments looked at before a header counts as broken: real ones have a few dozen. */
const MAX_STEPS = 4096;

/** Deflate makes no more than this of a byte. */
const MOST_INFLATED = 1032;
/** Samples of a pixel by PNG's colour type. */
const PNG_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function pngSize(view: DataView): SizeResult {
  if (view.byteLength < 26) return 'incomplete';
  if (view.getUint32(8) !== 13 || text(view, 12, 4) !== 'IHDR') return 'the first chunk isn\'t IHDR';
  const samples = PNG_SAMPLES[view.getUint8(25)];
  if (samples === undefined) return 'the colour type is none of PNG\'s';
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return { width, height, leastBytes: width * height * samples * view.getUint8(24) / 8 / MOST_INFLATED };
}

/**
 * The screen, or the first frame where that reaches beyond it: browsers enlarge the picture for it. Walks the blocks before the
 * frame, of which there are few unless a profile or a comment is long.
 */
export function gifSize(view: DataView): SizeResult {
  if (view.byteLength < 13) return 'incomplete';
  const flags = view.getUint8(10);
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  for (;;) {
    if (at >= view.byteLength) return 'incomplete';
    const block = view.getUint8(at);
    if (block === 0x2c) {
      if (at + 10 > view.byteLength) return 'incomplete';
      const word = (offset: number) => view.getUint16(at + offset, true);
      return { width: Math.max(view.getUint16(6, true), word(1) + word(5)), height: Math.max(view.getUint16(8, true), word(3) + word(7)) };
    }
    if (block === 0x3b) return 'it ends before its first picture';
    // Nothing is known of other bytes between blocks; the decoders take a zero for one that says nothing.
    if (block !== 0x21 && block !== 0) return 'a block is of no known kind';
    at += block === 0 ? 1 : 2;
    if (block === 0) continue;
    for (;;) {
      if (at >= view.byteLength) return 'incomplete';
      const length = view.getUint8(at);
      at += 1 + length;
      if (length === 0) break;
    }
  }
}

export function bmpSize(view: DataView): SizeResult {
  if (view.byteLength < 34) return view.byteLength >= 26 && view.getUint32(14, true) === 12 ? bmpCoreSize(view) : 'incomplete';
  if (view.getUint32(14, true) === 12) return bmpCoreSize(view);
  const width = view.getInt32(18, true);
  if (width < 0) return 'the width is negative';
  // A negative height means that the rows run from the top down.
  const height = Math.abs(view.getInt32(22, true));
  const compression = view.getUint32(30, true);
  if (compression === 4 || compression === 5) return 'it only wraps a JPEG or PNG image';
  // Packed by run lengths there is no least number of bytes.
  const packed = compression === 1 || compression === 2;
  return { width, height, leastBytes: packed ? 0 : rowBytes(width, view.getUint16(28, true)) * height };
}

const bmpCoreSize = (view: DataView): Size => {
  const [width, height] = [view.getUint16(18, true), view.getUint16(20, true)];
  return { width, height, leastBytes: rowBytes(width, view.getUint16(24, true)) * height };
};

/** Rows of a bitmap are whole multiples of 4 bytes. */
const rowBytes = (width: number, bits: number) => Math.ceil(width * bits / 32) * 4;

/** Markers without a segment behind them: TEM and RST0 to RST7. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * Of one block of 8 x 8 samples: a Huffman code for its mean and, unless that comes in a later scan, one for its end. Decoders fill up
 * what is missing with gray, so that a file of a few bytes would pass for an image of any size. Other codings have no such least.
 */
const leastBits = (marker: number) => (marker <= 0xc1 ? 2 : marker === 0xc2 ? 1 : 0);

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
      const [width, height] = [view.getUint16(at + 7), view.getUint16(at + 5)];
      return { width, height, leastBytes: Math.ceil(width / 8) * Math.ceil(height / 8) * leastBits(marker) / 8 };
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
    // A length of 1 means that the real one follows in 8 bytes.
    const head = view.getUint32(at) === 1 ? 16 : 8;
    // All of `meta` must be here, or a thumbnail's size could be taken for the image's.
    if (type === 'meta' && at + boxLength(view, at) > view.byteLength) return 'incomplete';
    if (skip !== undefined) { at += head + skip; continue; }
    if (type === 'ispe') {
      if (at + head + 12 > view.byteLength) break;
      const w = view.getUint32(at + head + 4);
      const h = view.getUint32(at + head + 8);
      if (!found || w * h > width * height) [width, height, found] = [w, h, true];
    }
    const length = boxLength(view, at);
    if (length === 0) break;
    if (length < head) return 'a box is shorter than its own header';
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
