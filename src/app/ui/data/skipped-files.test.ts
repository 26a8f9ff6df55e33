import { expect, test } from 'vitest';
import { byReason } from './skipped-files.tsx';

test('reasons are summed up, the commonest first', () => {
  const skipped = (path: string, reason: string) => ({ path, reason });
  expect(byReason([skipped('a', 'torn'), skipped('b', 'empty'), skipped('c', 'empty')])).toEqual([['empty', 2], ['torn', 1]]);
  expect(byReason([])).toEqual([]);
});
