import { expect, test } from 'vitest';
import { FakeDisk } from '#testing/fake-disk.ts';
import { type DiskFile, holds, writeAll } from './disk.ts';

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31) % 251);

test('every byte is compared, wherever a file\'s pieces end', async () => {
  for (const length of [1, 3, 4, 7, 4 * 2 ** 20 + 5]) {
    const bytes = noise(length);
    const disk = new FakeDisk();
    const file = await disk.open('a', 'b');
    writeAll(file, bytes, 2);
    expect(holds(file, bytes, 2)).toBe(true);
    expect(holds(file, bytes, 3)).toBe(false);
    for (const at of new Set([0, length >> 1, length - 1])) {
      file.write(Uint8Array.of(bytes[at]! ^ 1), 2 + at);
      expect(holds(file, bytes, 2)).toBe(false);
      file.write(bytes.subarray(at, at + 1), 2 + at);
    }
    file.truncate(length + 1);
    expect(holds(file, bytes, 2)).toBe(false);
  }
});

/** Takes and gives at most so many bytes a call. */
const narrow = (file: DiskFile, most: number): DiskFile => ({ ...file, read: (into, at) => file.read(into.subarray(0, most), at), write: (bytes, at) => file.write(bytes.subarray(0, most), at) });

test('a file that takes and gives few bytes at a time is asked again', async () => {
  const file = await new FakeDisk().open('a', 'b');
  const bytes = noise(1000);
  writeAll(narrow(file, 7), bytes, 0);
  expect(file.size()).toBe(1000);
  expect(holds(narrow(file, 13), bytes, 0)).toBe(true);
});

test('a file that takes nothing is full', async () => {
  const file = await new FakeDisk().open('a', 'b');
  expect(() => writeAll(narrow(file, 0), noise(9), 0)).toThrow(expect.objectContaining({ name: 'QuotaExceededError' }));
});
