import { expect, test } from 'vitest';
import { keepAwake } from './wake-lock.ts';

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
  turn(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** Counts; the browser takes the last lock away with `revoke`. */
function locks() {
  const all: { released: boolean; release(): Promise<void> }[] = [];
  return {
    all,
    held: () => all.filter(l => !l.released).length,
    revoke: () => { for (const lock of all) lock.released = true; },
    request: async () => {
      const lock = { released: false, release: async () => { lock.released = true; } };
      all.push(lock);
      return lock;
    },
  };
}
const settle = () => new Promise<void>(resolve => { setImmediate(resolve); });

test('holds one lock while it lasts, and gives it back', async () => {
  const given = locks();
  const end = keepAwake(given, new Page());
  await settle();
  expect(given.held()).toBe(1);
  end();
  await settle();
  expect(given.held()).toBe(0);
  expect(given.all).toHaveLength(1);
});

test('asks again when a page that was hidden is seen, not while it is hidden, and no more after the end', async () => {
  const given = locks();
  const page = new Page();
  const end = keepAwake(given, page);
  await settle();
  given.revoke();
  page.turn('hidden');
  await settle();
  expect(given.all).toHaveLength(1);
  page.turn('visible');
  await settle();
  expect(given.held()).toBe(1);
  page.turn('visible');
  await settle();
  expect(given.all).toHaveLength(2);
  end();
  page.turn('visible');
  await settle();
  expect(given.all).toHaveLength(2);
  expect(given.held()).toBe(0);
});

test('a lock that comes after the end is given back at once', async () => {
  const given = locks();
  keepAwake(given, new Page())();
  await settle();
  expect(given.all).toHaveLength(1);
  expect(given.held()).toBe(0);
});

test('a refusal is no failure, and the next sight of the page asks again', async () => {
  const given = locks();
  let refusals = 1;
  const page = new Page();
  const end = keepAwake({ request: () => (refusals-- > 0 ? Promise.reject(new Error('low battery')) : given.request()) }, page);
  await settle();
  page.turn('visible');
  await settle();
  expect(given.held()).toBe(1);
  end();
  expect(keepAwake(undefined, page)()).toBeUndefined();
});
