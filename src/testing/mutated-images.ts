/** Images that damage has reached, and what decoding makes of them. */
import { UnusableImageError } from '#lib/errors.ts';
import { Rng } from '#lib/rng.ts';
import { DecodePool } from '#engine/data/decode-pool.ts';

export const FORMATS = ['image/png', 'image/jpeg', 'image/webp'];

/** Red on the left, green on the right; below that blue, half clear. */
export async function encode(width: number, height: number, type: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#f00';
  context.fillRect(0, 0, width / 2, height / 2);
  context.fillStyle = '#0f0';
  context.fillRect(width / 2, 0, width / 2, height / 2);
  context.fillStyle = 'rgb(0 0 255 / 0.5)';
  context.fillRect(0, height / 2, width / 2, height / 2);
  return canvas.convertToBlob({ type, quality: 1 });
}

const SEED = 20_261_125;
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];
const SIDE = 32;

/** Cuts and overwrites one of `images` and decodes it, `count` times. Throws where the outcome has no type, breaks a limit or takes over a second. */
export async function decodeMutated(count: number, images: readonly Blob[]): Promise<{ decoded: number; refused: number; slowestMs: number }> {
  const rng = new Rng(SEED);
  const wholes = await Promise.all(images.map(async image => new Uint8Array(await image.arrayBuffer())));
  const pool = new DecodePool(2);
  const fates = { decoded: 0, refused: 0, slowestMs: 0 };
  for (let round = 0; round < count; round++) {
    const whole = wholes[rng.int(0, wholes.length - 1)]!;
    const bytes = whole.slice(0, rng.next() < 0.2 ? rng.int(0, whole.length) : whole.length);
    for (let edits = rng.int(1, 4); edits > 0 && bytes.length > 0; edits--) {
      // Half of them in the header, where they hurt most.
      const reach = rng.next() < 0.5 ? Math.min(64, bytes.length) : bytes.length;
      bytes[rng.int(0, reach - 1)] = rng.next() < 0.5 ? EXTREMES[rng.int(0, 4)]! : rng.int(0, 255);
    }
    const began = performance.now();
    try {
      const { width, height, data } = await pool.decode(new Blob([bytes]), SIDE);
      if (data.length !== 4 * width * height || Math.min(width, height) > SIDE) throw new Error(`Seed ${SEED}, round ${round}: ${width} x ${height} px in ${data.length} bytes.`);
      fates.decoded++;
    } catch (thrown) {
      if (!(thrown instanceof UnusableImageError)) throw thrown;
      if (thrown.message.length < 10) throw new Error(`Seed ${SEED}, round ${round}: no reason.`, { cause: thrown });
      fates.refused++;
    }
    const took = performance.now() - began;
    if (took > 1000) throw new Error(`Seed ${SEED}, round ${round}: took ${took} ms.`);
    fates.slowestMs = Math.max(fates.slowestMs, took);
  }
  pool.close();
  return fates;
}
