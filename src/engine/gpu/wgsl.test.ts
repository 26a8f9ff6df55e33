import { describe, expect, test } from 'vitest';
import { evaluate, expand, paramFields } from './wgsl.ts';

describe('expand', () => {
  test('writes loops out, nested, with arithmetic', () => {
    const out = expand('#for r in 0..ROWS\n#for c in 0..r+1\na${r * 2}_$c;\n#end\n#end', { ROWS: 2 });
    expect(out.split('\n').slice(1)).toEqual(['a0_0;', 'a2_0;', 'a2_1;']);
  });
  test('keeps and drops lines by flags and numbers the bindings that are left', () => {
    const source = '#if X\n@binding(#) x\n#else\n@binding(#) y\n@binding(#) z\n#end\n@binding(#) w';
    expect(expand(source, { X: true })).toBe('const X: bool = true;\n@binding(1) x\n@binding(2) w');
    expect(expand(source, { X: false })).toBe('const X: bool = false;\n@binding(1) y\n@binding(2) z\n@binding(3) w');
  });
  test('puts enable directives first', () => {
    expect(expand('fn f() {}\nenable subgroups;', { N: 3 })).toBe('enable subgroups;\nconst N: u32 = 3u;\nfn f() {}');
  });
  test('names what is wrong', () => {
    expect(() => expand('#for r in 0..4\nx', {})).toThrow('has no #end');
    expect(() => expand('#if Y\nx\n#end', {})).toThrow('Y is no boolean constant');
    expect(() => expand('${z}', {})).toThrow('"z"');
    expect(() => expand('', { N: 1.5 })).toThrow('Constant N is 1.5');
  });
});

test('evaluate follows precedence and rounds divisions down', () => {
  expect(evaluate('1 + 2 * (N - 1) / 4 % 3', { N: 11 })).toBe(3);
});

test('paramFields reads the struct in order', () => {
  expect(paramFields('struct Params { N: u32, scale: f32, // a note: u32\n start: i32 }')).toEqual([
    { name: 'N', type: 'u32' }, { name: 'scale', type: 'f32' }, { name: 'start', type: 'i32' },
  ]);
});
