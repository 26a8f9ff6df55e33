/** Damage by chance, for tests of readers that trust nothing. */
import type { Rng } from '#lib/rng.ts';

const ODD_NUMBERS = ['-1', '0', '1e308', '-0', '0.5', '9007199254740993', '9007199254740991', '1099511627776', '4294967296', '1e400', 'null', '"4"', '[]', '{}', 'true'];
const ODD_TEXTS = ['"__proto__":1,', '"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},', '"a":{"dtype":"F32","shape":[0,1099511627776],"data_offsets":[0,0]},', '[', ']', '{', '}', ',', ':', '"', '\\', '\u0000', '\uD800', '\uFEFF', '{"a":'.repeat(500), '['.repeat(5000), '"constructor":{},', '"__metadata__":{},', '"__metadata__":{"x":[[[]]]},', '"toString":"",'];

/** JSON with one to three things wrong: numbers replaced, pieces doubled, dropped or put elsewhere, odd texts put in. */
export function mutateText(rng: Rng, text: string): string {
  for (let n = rng.int(1, 3); n > 0; n--) {
    const at = rng.int(0, text.length);
    const to = Math.min(text.length, at + rng.int(1, 30));
    const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?/g)];
    const number = numbers[rng.int(0, numbers.length - 1)];
    const kind = rng.int(0, 4);
    if (kind === 0 && number) text = text.slice(0, number.index) + pick(rng, ODD_NUMBERS) + text.slice(number.index + number[0].length);
    else if (kind === 1) text = text.slice(0, to) + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(to);
    else if (kind === 3) text = text.slice(0, at) + pick(rng, ODD_TEXTS) + text.slice(at);
    else {
      // Where a name may stand, so that it is read as one.
      const brace = text.indexOf('{', at);
      text = text.slice(0, brace + 1) + pick(rng, ODD_TEXTS) + text.slice(brace + 1);
    }
  }
  return text;
}

/** Bytes with one to four flipped, cut off, or overwritten by others of the same file. */
export function mutateBytes(rng: Rng, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes = bytes.slice();
  for (let n = rng.int(1, 4); n > 0; n--) {
    // Every other one in the header, where it hurts.
    const at = rng.int(0, (rng.int(0, 1) ? Math.min(400, bytes.length) : bytes.length) - 1);
    const kind = rng.int(0, 5);
    if (kind === 0) bytes = bytes.slice(0, Math.max(1, at));
    else if (kind === 1) bytes.copyWithin(at, rng.int(0, bytes.length - 1), bytes.length);
    else bytes[at]! ^= 1 << rng.int(0, 7);
  }
  return bytes;
}

function pick<T>(rng: Rng, from: readonly T[]): T {
  return from[rng.int(0, from.length - 1)]!;
}
