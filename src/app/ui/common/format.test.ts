import { expect, test } from 'vitest';
import { bytes, clock, count, figure, flop, percent, span } from './format.ts';

test('figures keep four digits and turn to exponents only at the ends', () => {
  expect(figure(6.931471)).toBe('6.931');
  expect(figure(0.5)).toBe('0.5000');
  expect(figure(123456)).toBe('123,456');
  expect(figure(1e-5)).toBe('1.00e-5');
  expect(figure(0)).toBe('0');
  expect(figure(NaN)).toBe('not a number');
  expect(figure(-Infinity)).toBe('-infinite');
});

test('times', () => {
  expect(clock(7.4)).toBe('0:07');
  expect(clock(3725)).toBe('1:02:05');
  expect(span(0.2)).toBe('1 second');
  expect(span(150)).toBe('2.5 minutes');
  expect(span(4 * 3600)).toBe('4 hours');
  expect(span(86400 * 5)).toBe('5 days');
});

test('sizes step up at 1024 and 1000', () => {
  expect(bytes(512)).toBe('512 bytes');
  expect(bytes(1024 * 1024 * 3.25)).toBe('3.3 MiB');
  expect(flop(2.34e9)).toBe('2.3 GFLOP');
  expect(flop(412e12)).toBe('412 TFLOP');
  expect(count(950)).toBe('950');
  expect(count(1.24e6)).toBe('1.2 million');
  expect(percent(0.1234)).toBe('12.3 %');
});
