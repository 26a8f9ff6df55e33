/** Names for the kinds of files that can't be used, so that a person knows what to do about them. */

/** Up to `length` bytes at `offset` as Latin-1; shorter where the bytes end. */
export function text(view: DataView, offset: number, length: number): string {
  let out = '';
  for (let i = offset; i < offset + length && i < view.byteLength; i++) out += String.fromCharCode(view.getUint8(i));
  return out;
}

const CONVERT = 'save it as JPEG or PNG';

/** [where the mark lies, the mark, what to say] */
const MARKS: readonly (readonly [offset: number, mark: string, reason: string])[] = [
  [0, 'II*\0', `TIFF isn't read by browsers: ${CONVERT}.`],
  [0, 'MM\0*', `TIFF isn't read by browsers: ${CONVERT}.`],
  [0, 'II+\0', `TIFF isn't read by browsers: ${CONVERT}.`],
  [0, 'MM\0+', `TIFF isn't read by browsers: ${CONVERT}.`],
  [0, '%PDF', 'A PDF is a document, not an image: save its pages as JPEG or PNG.'],
  [0, 'PK\x03\x04', 'This is a zip archive by its content and no image: give it a name that ends in .zip to have it opened.'],
  [0, 'PK\x05\x06', 'This is an empty zip archive and no image.'],
  [0, 'PK\x07\x08', 'This is a part of a zip archive and no image.'],
  [0, 'Rar!', 'A RAR archive isn\'t opened: unpack it and add the folder.'],
  [0, '7z\xbc\xaf\x27\x1c', 'A 7z archive isn\'t opened: unpack it and add the folder.'],
  [0, '\x1f\x8b', 'This is packed by gzip (an SVGZ drawing, or an archive), which isn\'t opened: unpack it and add what is in it, drawings as PNG.'],
  [257, 'ustar', 'A tar archive isn\'t opened: unpack it and add the folder.'],
  [0, '\xff\x0a', `JPEG XL isn't read by most browsers: ${CONVERT}.`],
  [4, 'JXL \r\n\x87\n', `JPEG XL isn't read by most browsers: ${CONVERT}.`],
  [4, 'jP  \r\n\x87\n', `JPEG 2000 isn't read by browsers: ${CONVERT}.`],
  [0, '8BPS', `A Photoshop file isn't read by browsers: ${CONVERT}.`],
  [0, '\0\0\x02\0', `A cursor file (CUR) isn't read: ${CONVERT}.`],
  [0, '\0\0\x01\0', `An icon file (ICO) isn't read: ${CONVERT}.`],
  [0, '\x1aE\xdf\xa3', 'A video isn\'t read: save frames of it as JPEG or PNG.'],
];

const HEIF_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1']);

/** Why a file that is none of the formats read can't be used. `view` is its beginning. */
export function refusalOf(view: DataView): string {
  for (const [offset, mark, reason] of MARKS) {
    if (text(view, offset, mark.length) === mark) return reason;
  }
  if (text(view, 4, 4) === 'ftyp') {
    return HEIF_BRANDS.has(text(view, 8, 4))
      ? `HEIC isn't read by browsers: ${CONVERT} (a phone can be set to take "most compatible" pictures).`
      : 'A video isn\'t read: save frames of it as JPEG or PNG.';
  }
  // UTF-16 has a zero in every other byte of such text, and a mark before it.
  const start = text(view, 0, 2048).replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '').trimStart().toLowerCase();
  if (start.startsWith('<svg') || (start.startsWith('<') && start.includes('<svg') && !start.includes('<html'))) {
    return 'SVG is a drawing made of instructions and isn\'t read: save it as PNG.';
  }
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'This is a web page, not an image, whatever its name says.';
  if (/^[\x09\x0a\x0d\x20-\x7e]{1,}$/.test(start)) return 'This is text, not an image, whatever its name says.';
  return 'This is no image that browsers read, whatever its name says: expected JPEG, PNG, WebP, AVIF, GIF or BMP.';
}
