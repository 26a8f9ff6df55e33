/** On the browser's own file system, in workers of their own. */
import { type Remote, wrap } from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { exampleRun } from '#testing/example-run.ts';
import type { StoreWorker } from '#testing/store-worker.ts';

interface Started { worker: Worker; api: Remote<StoreWorker> }

const workers: Worker[] = [];
const roots: string[] = [];

function start(): Started {
  const worker = new Worker(new URL('../../testing/store-worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return { worker, api: wrap<StoreWorker>(worker) };
}

/** A folder or a lock that no other test uses. */
function fresh(): string {
  roots.push(`test-${crypto.randomUUID()}`);
  return roots.at(-1)!;
}

async function opened(root: string, readOnly = false): Promise<Started> {
  const started = start();
  await started.api.open(root, readOnly);
  return started;
}

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.terminate();
  const { worker, api } = start();
  for (const root of roots.splice(0)) await api.wipe(root);
  worker.terminate();
});

test('what one worker saves, the next one finds', async () => {
  const root = fresh();
  const { worker, api } = await opened(root);
  await api.save(0, 0);
  const info = await api.save(3, 8);
  await api.rename('example', 'Cats');
  expect(await api.report()).toMatchObject({ unavailable: '', readOnly: false, budget: expect.any(Number) as number });
  expect((await api.report()).quota).toBeGreaterThan((await api.report()).used);
  worker.terminate();
  const next = await opened(root);
  const [run] = await next.api.list();
  expect(run).toMatchObject({ id: 'example', name: 'Cats', checkpoints: [{ step: 0 }, info] });
  expect(await next.api.load('example')).toEqual({ snapshot: { ...exampleRun(3, 8), name: 'Cats' }, broken: [] });
  expect(await next.api.load('example', 0)).toEqual({ snapshot: { ...exampleRun(0), name: 'Cats' }, broken: [] });
  expect(await next.api.teacher('example', 2)).toEqual({ step: 0, weights: exampleRun(0).tensors.get('teacher') });
});

test('copies, files and removal', async () => {
  const root = fresh();
  const { api } = await opened(root);
  await api.save(2, 1);
  const copy = await api.duplicate('example');
  const file = await api.exportRun('example');
  await api.remove('example');
  expect((await api.list()).map(r => r.id)).toEqual([copy]);
  expect((await api.files(root, 'example')).size).toBe(0);
  expect((await api.importRun(file)).id).toBe('example');
  expect((await api.load('example')).snapshot).toEqual(exampleRun(2, 1));
  await expect(api.load('nobody')).rejects.toMatchObject({ name: 'MissingRunError' });
});

test('a worker that ends in the middle of a save loses no save that was done', async () => {
  const root = fresh();
  let done = 0;
  let cutShort = 0;
  for (let life = 0, mark = 0; life < 16; life++) {
    const { worker, api } = await opened(root);
    if (life > 0) {
      const { snapshot, broken } = await api.load('example');
      expect(broken).toEqual([]);
      expect(snapshot.written - 1_700_000_000_000).toBeGreaterThanOrEqual(done);
    }
    // One save to know that there is one, then one that is hit somewhere on its way: later in each life.
    done = ++mark;
    await api.save(life, mark, 200_000);
    const last = ++mark;
    let answered = false;
    const saving = api.save(life + 1, last, 200_000).then(() => { answered = true; return last; });
    const hit = new Promise<number>(resolve => { setTimeout(resolve, 4 * life, 0); });
    done = Math.max(done, await Promise.race([saving, hit]));
    worker.terminate();
    if (!answered) cutShort++;
  }
  expect(cutShort).toBeGreaterThan(2);
});

test('a tab that only looks reads what another has open for writing', async () => {
  const root = fresh();
  const writer = await opened(root);
  await writer.api.save(1, 1);
  await writer.api.keepOpen(root, 'example', '00000001.safetensors');
  const reader = await opened(root, true);
  expect((await reader.api.load('example')).snapshot).toEqual(exampleRun(1, 1));
  await expect(reader.api.save(2, 2)).rejects.toMatchObject({ name: 'ReadOnlyError' });
  await writer.api.letGo();
  await writer.api.save(2, 2);
  expect((await reader.api.list())[0]!.checkpoints.map(c => c.step)).toEqual([1, 2]);
});

describe('one writer', () => {
  test('of five that ask at once, a hundred times', async () => {
    const name = fresh();
    const apis = Array.from({ length: 5 }, () => start().api);
    const winners = new Set<number>();
    for (let round = 0; round < 100; round++) {
      // Each in turn is asked first.
      const order = apis.map((_, i) => (i + round) % 5);
      const got = await Promise.all(order.map(i => apis[i]!.hold(name)));
      expect(got.filter(Boolean)).toHaveLength(1);
      const winner = order[got.indexOf(true)]!;
      winners.add(winner);
      await apis[winner]!.release();
    }
    expect(winners.size).toBeGreaterThan(1);
  });

  test('the next in line follows when the writer lets go, and when it is ended', async () => {
    const name = fresh();
    const [a, b, c] = [start(), start(), start()];
    expect(await a.api.hold(name)).toBe(true);
    const second = b.api.wait(name);
    expect(await c.api.hold(name)).toBe(false);
    await a.api.release();
    await second;
    const third = c.api.wait(name);
    expect(await a.api.hold(name)).toBe(false);
    b.worker.terminate();
    await third;
    expect(await a.api.hold(name)).toBe(false);
  });
});
