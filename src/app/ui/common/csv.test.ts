import { expect, test } from 'vitest';
import { csv } from './csv.ts';

test('quotes what needs quotes', () => {
  expect(csv([['path', 'reason'], ['a,b.png', 'said "no"'], ['two\nlines', 'ok']]))
    .toBe('path,reason\r\n"a,b.png","said ""no"""\r\n"two\nlines",ok\r\n');
});

test('keeps a file name from becoming a formula, and numbers as they are', () => {
  expect(csv([['=cmd()', -1.5], ['@x', 1e-9], ['-y', 2]])).toBe("'=cmd(),-1.5\r\n'@x,1e-9\r\n'-y,2\r\n");
});
