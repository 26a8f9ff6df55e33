/** The checksum within a file: 64 digits after "sha256": in its header, over the whole file with these digits as "0". */

const MARK = new TextEncoder().encode('"sha256":"');

/** Where the 64 digits stand, or -1. The first such place: names in the header are unique, and it comes before any text that a person chose. */
function sealAt(bytes: ArrayBuffer): number {
  const head = new Uint8Array(bytes, 0, Math.min(bytes.byteLength, 512));
  for (let i = 8; i + MARK.length + 64 <= head.length; i++) if (MARK.every((b, j) => head[i + j] === b)) return i + MARK.length;
  return -1;
}

/** Puts the digits in their place. */
export async function seal(bytes: ArrayBuffer): Promise<void> {
  const at = sealAt(bytes);
  if (at < 0) throw new Error('There is no place for the checksum in the first 512 bytes.');
  new Uint8Array(bytes).set(new TextEncoder().encode(await digest(bytes, at)), at);
}

/** Whether the digits are those of the content. `bytes` is as before when this returns its promise. */
export async function sealed(bytes: ArrayBuffer): Promise<boolean> {
  const at = sealAt(bytes);
  if (at < 0) return false;
  const stated = new TextDecoder('latin1').decode(new Uint8Array(bytes, at, 64));
  return await digest(bytes, at) === stated;
}

/** Lower-case hexadecimal. digest() takes its copy before it returns, so the zeros are there for that moment only. */
async function digest(bytes: ArrayBuffer, at: number): Promise<string> {
  const digits = new Uint8Array(bytes, at, 64);
  const before = digits.slice();
  digits.fill(0x30);
  const digesting = crypto.subtle.digest('SHA-256', bytes);
  digits.set(before);
  return Array.from(new Uint8Array(await digesting), b => b.toString(16).padStart(2, '0')).join('');
}
