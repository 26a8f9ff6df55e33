import { describe, expect, it } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { readHeader as readHeaderOf } from './header.ts';

/** Of a file long enough for whatever it claims, unless `size` says how long. */
const readHeader = (input: Uint8Array, size = 2 ** 40) => readHeaderOf(input, size);
const ascii = (text: string) => Array.from(text, c => c.charCodeAt(0));
const be16 = (v: number) => [v >>> 8 & 255, v & 255];
const be32 = (v: number) => [v >>> 24 & 255, v >>> 16 & 255, v >>> 8 & 255, v & 255];
const le16 = (v: number) => be16(v).reverse();
const le32 = (v: number) => be32(v).reverse();
const bytes = (...parts: number[][]) => new Uint8Array(parts.flat());

const png = (w: number, h: number) => bytes([0x89], ascii('PNG\r\n\x1a\n'), be32(13), ascii('IHDR'), be32(w), be32(h), [8, 2, 0, 0, 0], be32(0));
/** A palette, a comment, then a frame. */
const gifOf = (w: number, h: number, left: number, top: number, fw: number, fh: number) => bytes(
  ascii('GIF89a'), le16(w), le16(h), [0x80, 0, 0], new Array<number>(6).fill(9), [0x21, 0xfe, 3, 1, 2, 3, 0], [0x2c], le16(left), le16(top), le16(fw), le16(fh), [0],
);
const gif = (w: number, h: number) => gifOf(w, h, 0, 0, w, h);
const bmp = (w: number, h: number) => bytes(ascii('BM'), le32(54), le32(0), le32(54), le32(40), le32(w), le32(h), le16(1), le16(24), le32(0), new Array<number>(20).fill(0));
const bmpCore = (w: number, h: number) => bytes(ascii('BM'), le32(26), le32(0), le32(26), le32(12), le16(w), le16(h), le16(1), le16(24));
const frame = (w: number, h: number, marker = 0xc0) => [0xff, marker, ...be16(17), 8, ...be16(h), ...be16(w), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
const segment = (marker: number, length: number) => [0xff, marker, ...be16(length + 2), ...new Array<number>(length).fill(0)];
const jpeg = (w: number, h: number, marker = 0xc0) => bytes([0xff, 0xd8], segment(0xe0, 14), segment(0xdb, 65), [0xff, 0xff], frame(w, h, marker));
const riff = (chunk: string, body: number[]) => bytes(ascii('RIFF'), le32(100), ascii('WEBP'), ascii(chunk), le32(body.length), body, le32(0), le32(0));
const webpLossy = (w: number, h: number) => riff('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, ...le16(w), ...le16(h)]);
const webpLossless = (w: number, h: number) => riff('VP8L', [0x2f, ...le32((w - 1 | (h - 1) << 14) >>> 0)]);
const webpExtended = (w: number, h: number) => riff('VP8X', [0, 0, 0, 0, ...le32(w - 1).slice(0, 3), ...le32(h - 1).slice(0, 3)]);
const box = (type: string, ...body: number[][]) => { const b = body.flat(); return [...be32(8 + b.length), ...ascii(type), ...b]; };
const ispe = (w: number, h: number) => box('ispe', be32(0), be32(w), be32(h));
const avif = (w: number, h: number) => bytes(
  box('ftyp', ascii('mif1'), be32(0), ascii('miaf'), ascii('avif')),
  box('meta', be32(0), box('hdlr', new Array<number>(24).fill(0)), box('iprp', box('ipco', ispe(16, 8), ispe(w, h), box('pixi', be32(0))))),
);

const MAKERS = { PNG: png, GIF: gif, BMP: bmp, JPEG: jpeg, WebP: webpLossy, AVIF: avif };

describe('readHeader', () => {
  for (const [format, make] of Object.entries(MAKERS)) {
    it(`reads format and size of ${format}`, () => {
      expect(readHeader(make(640, 123))).toMatchObject({ kind: 'image', format, mime: `image/${format.toLowerCase()}`, width: 640, height: 123 });
    });
    it(`never takes a ${format} header cut short for a whole one`, () => {
      const whole = make(640, 123);
      const outcomes = Array.from({ length: whole.length - 24 }, (_, i) => readHeader(whole.slice(0, i + 24)));
      const wrong = outcomes.filter(header => (header.kind === 'image' ? header.width !== 640 || header.height !== 123 : header.kind !== 'incomplete'));
      expect(wrong).toEqual([]);
      const tooShort = Array.from({ length: 24 }, (_, length) => readHeader(whole.slice(0, length)).kind);
      expect(tooShort.slice(0, 8)).not.toContain('image');
    });
  }

  it.each([
    ['lossless WebP', webpLossless(300, 200), 300, 200],
    ['extended WebP', webpExtended(300, 200), 300, 200],
    ['progressive JPEG', jpeg(300, 200, 0xc2), 300, 200],
    ['BMP with rows from the top', bmp(300, -200), 300, 200],
    ['BMP of OS/2', bmpCore(300, 200), 300, 200],
    ['GIF whose first frame is larger than its screen', gifOf(16, 16, 100, 50, 200, 150), 300, 200],
    ['AVIF with boxes of 64-bit length', bytes(
      box('ftyp', ascii('avif'), be32(0)), [...be32(1), ...ascii('meta'), ...be32(0), ...be32(20 + 36), ...be32(0), ...be32(1), ...ascii('ipco'), ...be32(0), ...be32(16 + 20), ...ispe(300, 200)],
    ), 300, 200],
    ['AVIF with many sizes: the largest', bytes(
      box('ftyp', ascii('avif'), be32(0)), box('meta', be32(0), box('iprp', box('ipco', ...Array.from({ length: 500 }, () => ispe(20, 20)), ispe(300, 200), ispe(64, 64)))),
    ), 300, 200],
  ])('reads %s', (_, input, width, height) => {
    expect(readHeader(input)).toMatchObject({ kind: 'image', width, height });
  });

  it('asks for more when a JPEG\'s size lies behind large segments', () => {
    const whole = bytes([0xff, 0xd8], segment(0xe1, 65_000), segment(0xe2, 65_000), frame(50, 40));
    expect(readHeader(whole.slice(0, 65_536))).toEqual({ kind: 'incomplete', format: 'JPEG' });
    expect(readHeader(whole)).toMatchObject({ width: 50, height: 40 });
  });

  it.each([
    ['a gigapixel claim', png(60_000, 60_000), '60000 x 60000 px'],
    ['more than 100 megapixels', png(20_000, 6000), '120 megapixels'],
    ['a side over 30,000', png(30_001, 8), 'at most 30000 px'],
    ['the largest PNG sides', png(0xffffffff, 0xffffffff), '4294967295'],
    ['no width', gif(0, 10), 'no pixels'],
    ['no height', jpeg(10, 0), 'no pixels'],
    ['a single pixel', png(1, 1), 'too small'],
    ['a negative BMP width', bmp(-5, 5), 'negative'],
    ['a PNG without IHDR', png(5, 5).map((v, i) => (i === 12 ? 0 : v)), 'IHDR'],
    ['a JPEG whose scan comes first', bytes([0xff, 0xd8, 0xff, 0xda, 0, 8]), 'before their size'],
    ['nothing at all', bytes([]), 'empty'],
    ['TIFF', bytes(ascii('II*\0'), le32(8)), 'TIFF'],
    ['HEIC', bytes(box('ftyp', ascii('heic'), be32(0))), 'HEIC'],
    ['a video', bytes(box('ftyp', ascii('isom'), be32(0))), 'video'],
    ['SVG', bytes(ascii('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">')), 'SVG'],
    ['PDF', bytes(ascii('%PDF-1.7')), 'PDF'],
    ['zip', bytes(ascii('PK\x03\x04'), be32(0)), 'ends in .zip'],
    ['SVG in UTF-16', bytes([0xff, 0xfe], Array.from('  <svg>', c => [c.charCodeAt(0), 0]).flat()), 'SVG'],
    ['SVG behind a mark and blanks', bytes([0xef, 0xbb, 0xbf], ascii('\n\n  <svg onload="x()">')), 'SVG'],
    ['packed SVG', bytes([0x1f, 0x8b, 8]), 'SVGZ'],
    ['an icon', bytes([0, 0, 1, 0, 1, 0]), 'ICO'],
    ['a GIF frame far beyond its screen', gifOf(16, 16, 60_000, 60_000, 60_000, 60_000), '120000 x 120000'],
    ['a GIF without a frame', bytes(ascii('GIF89a'), le16(64), le16(64), [0, 0, 0, 0x3b]), 'before its first picture'],
    ['the least BMP height', bmp(100, -0x80000000), '2147483648'],
    ['BMP that wraps PNG', bmp(100, 100).map((v, i) => (i === 30 ? 5 : v)), 'wraps'],
    ['a PNG of no known colour', png(100, 100).map((v, i) => (i === 25 ? 5 : v)), 'colour type'],
    ['an AVIF box shorter than its header', bytes(box('ftyp', ascii('avif'), be32(0)), be32(5), ascii('free')), 'shorter'],
    ['JPEG fill without end', bytes([0xff, 0xd8], new Array<number>(9000).fill(0xff)), 'too many'],
    ['a web page', bytes(ascii('<!doctype html><html>')), 'web page'],
    ['text', bytes(ascii('hello\n')), 'text'],
    ['text that begins with BM', bytes(ascii('BMW makes cars, and this is a text about them.')), 'text'],
    ['noise', bytes([1, 2, 3, 250, 251]), 'expected JPEG, PNG, WebP'],
  ])('refuses %s with its reason', (_, input, part) => {
    const header = readHeader(input);
    expect(header.kind).toBe('refused');
    expect(header).toHaveProperty('reason', expect.stringContaining(part));
  });

  it('refuses what has too few bytes for the pixels it claims, and takes the most packed there is', () => {
    for (const [make, least] of [[png, 8000 * 8000 * 3 / 1032], [bmp, 8000 * 8000 * 3], [bmpCore, 8000 * 8000 * 3], [jpeg, 1000 * 1000 * 2 / 8], [(w: number, h: number) => jpeg(w, h, 0xc2), 1000 * 1000 / 8]] as const) {
      expect(readHeader(make(8000, 8000), 100)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('claims 8000 x 8000 px and has 100 bytes') });
      expect(readHeader(make(8000, 8000), Math.ceil(least) - 1).kind).toBe('refused');
      expect(readHeader(make(8000, 8000), Math.ceil(least)).kind).toBe('image');
    }
  });

  it('ends soon on boxes that lie within each other, go round or reach beyond the end', () => {
    const ftyp = box('ftyp', ascii('avif'), be32(0));
    const deep = Array.from({ length: 20_000 }, () => [...be32(0xffffffff), ...ascii('iprp')]).flat();
    const gifBlocks = Array.from({ length: 100_000 }, () => [0x21, 0xfe, 0]).flat();
    const endless = [
      bytes(ftyp, deep), bytes(ftyp, be32(0), ascii('meta'), be32(0), deep), bytes(ftyp, be32(1), ascii('free'), be32(0xffffffff), be32(0xffffffff)),
      bytes(ascii('GIF89a'), le16(9), le16(9), [0, 0, 0], gifBlocks),
    ];
    const began = performance.now();
    expect(endless.map(input => readHeader(input).kind)).toEqual(['incomplete', 'incomplete', 'incomplete', 'incomplete']);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('ends with a typed outcome on 60,000 mutated headers', () => {
    const seed = 20_240_229;
    const rng = new Rng(seed);
    const seeds = [...Object.values(MAKERS).map(make => make(640, 123)), webpLossless(300, 200), webpExtended(300, 200)];
    const extremes = [0, 1, 0x7f, 0x80, 0xff];
    const kinds = { image: 0, incomplete: 0, refused: 0 };
    for (let round = 0; round < 60_000; round++) {
      const from = seeds[rng.int(0, seeds.length - 1)]!;
      const input = from.slice(0, rng.next() < 0.3 ? rng.int(0, from.length) : from.length);
      for (let edits = rng.int(1, 6); edits > 0 && input.length > 0; edits--) {
        input[rng.int(0, input.length - 1)] = rng.next() < 0.5 ? extremes[rng.int(0, 4)]! : rng.int(0, 255);
      }
      const header = readHeader(input);
      kinds[header.kind]++;
      if (header.kind === 'image') {
        const { width, height } = header;
        if (!(Number.isInteger(width) && width >= 8 && height >= 8 && width <= 30_000 && height <= 30_000 && width * height <= 1e8)) throw new Error(`Seed ${seed}, round ${round}: let ${width} x ${height} px through: ${[...input].join()}`);
      } else if (header.kind === 'refused' && header.reason.length < 10) throw new Error(`Seed ${seed}, round ${round}: no reason for ${[...input].join()}`);
    }
    expect(Math.min(...Object.values(kinds))).toBeGreaterThan(1000);
  });
});
