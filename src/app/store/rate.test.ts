import { afterEach, expect, test, vi } from 'vitest';
import { storedRate, storeRate } from './rate.ts';

const storage = (items: Map<string, string>) => ({ getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => { items.set(key, value); } });
afterEach(() => { vi.unstubAllGlobals(); });

test('the rate of this device comes back, another\'s doesn\'t', () => {
  vi.stubGlobal('localStorage', storage(new Map()));
  expect(storedRate('a')).toBeNull();
  storeRate({ device: 'a', flops: 2e11 });
  expect(storedRate('a')).toEqual({ device: 'a', flops: 2e11 });
  expect(storedRate('b')).toBeNull();
});

test.each(['', '{', '[]', '7', '{"device":"a"}', '{"device":"a","flops":"2"}', '{"device":"a","flops":0}', '{"device":"a","flops":null}'])('%j is no rate', text => {
  vi.stubGlobal('localStorage', storage(new Map([['glimpse.rate', text]])));
  expect(storedRate('a')).toBeNull();
});

test('without storage nothing is remembered, and nothing fails', () => {
  const forbidden = () => { throw new Error('denied'); };
  vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden });
  storeRate({ device: 'a', flops: 1 });
  expect(storedRate('a')).toBeNull();
});
