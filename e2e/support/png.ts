import { deflateSync } from 'node:zlib';
import { crc32 } from './crc32.ts';

type Colour = readonly [number, number, number];

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** An 8-bit RGB PNG file of width*height pixels. */
export function png(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  let at = 0;
  for (let y = 0; y < height; y++) {
    rows[at++] = 0; // no filter
    for (let x = 0; x < width; x++) for (const channel of colourAt(x, y)) rows[at++] = channel;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A bright disc or square on a dark, shaded ground: something to attend to. */
export function shape(kind: 'disc' | 'square', seed: number, size = 48): Buffer {
  const centre = { x: size * (0.3 + 0.05 * (seed % 9)), y: size * (0.35 + 0.04 * ((seed * 5) % 9)) };
  const radius = size * 0.2;
  const inside = (x: number, y: number) => kind === 'disc'
    ? Math.hypot(x - centre.x, y - centre.y) < radius
    : Math.max(Math.abs(x - centre.x), Math.abs(y - centre.y)) < radius;
  return png(size, size, (x, y) => inside(x, y)
    ? [230, 255 - ((seed * 37) % 160), 60 + ((seed * 53) % 120)]
    : [20 + ((x * 60) / size), 40 + ((y * 50) / size), 70 + ((seed * 11) % 40)]);
}
