import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inTurn, withdraw } from './turns.ts';

let now = 0;
let done: string[] = [];
/** Paints for so many milliseconds. */
const paint = (name: string, ms = 1) => () => {
  done.push(name);
  now += ms;
};
const element = () => {
  const attributes = new Map<string, string>();
  return {
    attributes, setAttribute: (name: string, value: string) => attributes.set(name, value), removeAttribute: (name: string) => attributes.delete(name),
  } as unknown as Element & { attributes: Map<string, string> };
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  done = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('an element waits its turn, and after some milliseconds the page has its own', () => {
  for (const [name, ms] of [['a', 1], ['b', 20], ['c', 20], ['d', 1]] as const) inTurn(element(), paint(name, ms));
  const turns: string[] = [done.join('')];
  while (vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    turns.push(done.join(''));
  }
  expect(turns).toEqual(['', 'ab', 'abc', 'abcd']);
});

test('newer work takes the place of what waits, and what is withdrawn is not done', () => {
  const [first, second, third] = [element(), element(), element()];
  inTurn(first, paint('old'));
  inTurn(second, paint('second'));
  inTurn(third, paint('third'));
  inTurn(first, paint('new'));
  withdraw(second);
  expect(first.attributes.get('aria-busy')).toBe('true');
  vi.runAllTimers();
  expect(done).toEqual(['new', 'third']);
  expect(first.attributes.size).toBe(0);
});

test('work that fails does not hold up the rest', () => {
  inTurn(element(), () => { throw new Error('out of memory'); });
  inTurn(element(), paint('after'));
  expect(() => { vi.advanceTimersToNextTimer(); }).toThrow('out of memory');
  vi.runAllTimers();
  expect(done).toEqual(['after']);
});
