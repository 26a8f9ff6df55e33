import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inTurn, withdraw } from './turns.ts';

let now = 0;
let done: string[] = [];
/** Work that takes so many milliseconds. */
const work = (name: string, ms = 1) => () => {
  done.push(name);
  now += ms;
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

test('work waits its turn, and after some milliseconds the page has its own', () => {
  for (const [name, ms] of [['a', 1], ['b', 20], ['c', 20], ['d', 1]] as const) inTurn({}, work(name, ms));
  const turns: string[] = [done.join('')];
  while (vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    turns.push(done.join(''));
  }
  expect(turns).toEqual(['', 'ab', 'abc', 'abcd']);
});

test('newer work takes the place of what waits, and what is withdrawn is not done', () => {
  const [first, second, third] = [{}, {}, {}];
  inTurn(first, work('old'));
  inTurn(second, work('second'));
  inTurn(third, work('third'));
  inTurn(first, work('new'));
  withdraw(second);
  vi.runAllTimers();
  expect(done).toEqual(['new', 'third']);
});

test('work that fails does not hold up the rest', () => {
  inTurn({}, () => { throw new Error('out of memory'); });
  inTurn({}, work('after'));
  expect(() => { vi.advanceTimersToNextTimer(); }).toThrow('out of memory');
  vi.runAllTimers();
  expect(done).toEqual(['after']);
});
