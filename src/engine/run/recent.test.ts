import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

const open = (limit: number) => new Recent<string, number>(limit, n => n);

test('beyond its bytes, what was not used for longest goes', () => {
  const recent = open(10);
  for (const key of ['a', 'b', 'c']) recent.put(key, 3);
  expect(recent.get('a')).toBe(3);
  recent.put('d', 4); // 13 in all: one of 3 is enough
  expect(['a', 'b', 'c', 'd'].map(key => recent.get(key))).toEqual([3, undefined, 3, 4]);
});

test('what takes another\'s place counts once', () => {
  const recent = open(10);
  recent.put('a', 6);
  recent.put('a', 4);
  recent.put('b', 6);
  expect([recent.get('a'), recent.get('b')]).toEqual([4, 6]);
});

test('one that is larger than all the room stays until there is another', () => {
  const recent = open(10);
  recent.put('a', 50);
  expect(recent.get('a')).toBe(50);
  recent.put('b', 1);
  expect([recent.get('a'), recent.get('b')]).toEqual([undefined, 1]);
  recent.put('c', 9);
  expect([recent.get('b'), recent.get('c')]).toEqual([1, 9]);
  recent.clear();
  recent.put('d', 10);
  expect([recent.get('b'), recent.get('d')]).toEqual([undefined, 10]);
});
