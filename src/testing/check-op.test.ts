import { describe, expect, test } from 'vitest';
import { checkClose, checkRows, checkSame, normals, padRows } from './check-op.ts';

test('inputs are the same for the same seed', () => {
  expect(normals(5, 1)).toEqual(normals(5, 1));
  expect(normals(5, 1)).not.toEqual(normals(5, 2));
});

test('padRows', () => {
  expect([...padRows([1, 2, 3, 4, 5, 6], 2, 3)]).toEqual([1, 2, 3, 0, 4, 5, 6, 0]);
});

describe('checkClose', () => {
  test('names tensor, entry, got and expected', () => {
    expect(() => checkClose('dx', [1, 2, 3.1], [1, 2, 3])).toThrow(/dx: entry 2 of 3 is 3.1, expected 3 /);
  });
  test('a NaN, an infinity and a wrong length fail', () => {
    expect(() => checkClose('y', [1, NaN], [1, 2])).toThrow('entry 1 of 2 is NaN');
    expect(() => checkClose('y', [Infinity, 2], [1, 2])).toThrow('entry 0');
    expect(() => checkClose('y', [1], [1, 2])).toThrow('has 1 entries, expected 2');
    expect(() => checkClose('y', [1e-30], [0])).toThrow('entry 0');
  });
  test('measures by the size of all entries, or by the size given', () => {
    checkClose('y', [1, 1e-6], [1, 0]);
    expect(() => checkClose('y', [1, 1e-4], [1, 0])).toThrow('entry 1');
    checkClose('y', [1e-6], [0], { atLeast: 1 });
  });
});

test('checkRows wants zeros in the padding', () => {
  checkRows('w', [1, 2, 3, 0], [1, 2, 3], 3);
  expect(() => checkRows('w', [1, 2, 3, 1e-30], [1, 2, 3], 3)).toThrow('padding column 3 of row 0');
  expect(() => checkRows('w', [1, 2, 3], [1, 2, 3], 3)).toThrow('expected 1 rows of 4');
});

test('checkSame looks at the bits', () => {
  checkSame('w', Float32Array.of(NaN, 0), Float32Array.of(NaN, 0));
  expect(() => checkSame('w', Float32Array.of(1, -0), Float32Array.of(1, 0))).toThrow('w: entry 1');
});
