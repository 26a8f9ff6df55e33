import { expect, it } from 'vitest';
import { isIgnored } from './ignore.ts';
import { labelsOf } from './labels.ts';

it.each([
  ['two folders', ['a/1.png', 'b/2.png'], ['a', 'b'], [0, 1]],
  ['deeper folders count as their first', ['a/x/1.png', 'b/y/2.png', 'b/z/3.png'], ['a', 'b'], [0, 1, 1]],
  ['a folder around them', ['set/a/1.png', 'set/b/2.png'], ['a', 'b'], [0, 1]],
  ['train and test', ['cifar/train/a/1.png', 'cifar/test/b/2.png'], ['a', 'b'], [0, 1]],
])('finds classes: %s', (_, paths, classes, labels) => {
  expect(labelsOf(paths)).toEqual({ classes, labels: Int32Array.from(labels) });
});

it.each([
  ['no folders', ['1.png', '2.png']],
  ['one folder', ['a/1.png', 'a/2.png']],
  ['one image beside the folders', ['a/1.png', 'b/2.png', '3.png']],
  ['train and test without classes', ['train/1.png', 'test/2.png']],
  ['nothing', []],
])('finds none: %s', (_, paths) => {
  expect(labelsOf(paths)).toEqual({ classes: [], labels: null });
});

it('passes over system files and companions, not over images', () => {
  for (const path of ['.DS_Store', 'a/.hidden.png', '.git/a.png', 'Thumbs.db', 'x/DESKTOP.INI', '__MACOSX/._a.png', 'labels.csv', 'a/README.md', 'README']) expect(isIgnored(path), path).toBe(true);
  for (const path of ['a.png', 'a/b.JPG', 'no-extension', 'scan.tiff', 'drawing.svg', 'set.zip', 'txt', 'readme.png']) expect(isIgnored(path), path).toBe(false);
});
