import { describe, expect, test } from 'vitest';
import { exampleRun } from '#testing/example-run.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { encodeSnapshot } from './encode.ts';
import { JOURNAL } from './journal.ts';
import { RunStore } from './run-store.ts';

const steps = async (store: RunStore, id = 'example') => (await store.list()).find(r => r.id === id)?.checkpoints.map(c => c.step);
const slots = async (disk: FakeDisk, id = 'example') => [...(await disk.files(id)).keys()].filter(f => f !== JOURNAL).sort();

test('what is saved is there in the next session, as it was', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  const { bytes } = await store.save(exampleRun(0));
  await store.save(exampleRun(2, 5));
  const next = await RunStore.open(disk);
  const { config, dataset } = exampleRun(0);
  expect(await next.list()).toEqual([{
    id: 'example', name: 'An example', started: 1_700_000_000_000, config, dataset,
    checkpoints: [{ step: 0, written: 1_700_000_000_000, bytes }, { step: 2, written: 1_700_000_000_005, bytes: expect.any(Number) as number }],
  }]);
  expect(await next.load('example')).toEqual({ snapshot: exampleRun(2, 5), broken: [] });
  expect(await next.load('example', 0)).toEqual({ snapshot: exampleRun(0), broken: [] });
});

test('a run that was written later comes first', async () => {
  const store = await RunStore.open(new FakeDisk());
  await store.save(exampleRun(1, 1, 24, 'a'));
  await store.save(exampleRun(1, 3, 24, 'b'));
  await store.save(exampleRun(1, 2, 24, 'c'));
  expect((await store.list()).map(r => r.id)).toEqual(['b', 'c', 'a']);
});

test('the newer checkpoint of a step replaces the older', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  for (const [step, mark] of [[0, 0], [4, 1], [4, 2]] as const) await store.save(exampleRun(step, mark));
  expect(await steps(store)).toEqual([0, 4]);
  expect(await slots(disk)).toEqual(['00000001.safetensors', '00000003.safetensors']);
  expect((await store.load('example', 4)).snapshot).toEqual(exampleRun(4, 2));
});

test('a name lasts, whatever name later checkpoints bring', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(0));
  await store.rename('example', '  Cats\n of the   house ');
  await store.save(exampleRun(1));
  const next = await RunStore.open(disk);
  expect((await next.list())[0]!.name).toBe('Cats of the house');
  expect((await next.load('example')).snapshot.name).toBe('Cats of the house');
});

test('a configuration that changed is shown as it is in the newest checkpoint', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(0));
  const longer = { ...exampleRun(1).config, steps: 3000 };
  await store.save({ ...exampleRun(1), config: longer });
  expect((await (await RunStore.open(disk)).list())[0]!.config).toEqual(longer);
});

test('a copy is a run of its own', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(1));
  await store.save(exampleRun(2));
  const copy = await store.duplicate('example', 1);
  expect(copy).not.toBe('example');
  await store.remove('example');
  const next = await RunStore.open(disk);
  expect((await next.list()).map(r => [r.id, r.name, r.checkpoints.map(c => c.step)])).toEqual([[copy, 'An example (copy)', [1]]]);
  expect((await next.load(copy)).snapshot).toEqual({ ...exampleRun(1), id: copy, name: 'An example (copy)' });
});

test('an exported run is imported under its id, or under another where that is taken', async () => {
  const store = await RunStore.open(new FakeDisk());
  await store.save(exampleRun(1));
  await store.save(exampleRun(3));
  await store.rename('example', 'Renamed');
  const file = await store.exportRun('example');
  const other = await RunStore.open(new FakeDisk());
  expect(await other.importRun(file.slice())).toMatchObject({ id: 'example', name: 'Renamed', checkpoints: [{ step: 3 }] });
  const second = await other.importRun(file.slice());
  expect(second.id).not.toBe('example');
  expect((await other.load(second.id)).snapshot).toEqual({ ...exampleRun(3), id: second.id, name: 'Renamed' });
  await expect(other.importRun(new ArrayBuffer(9))).rejects.toMatchObject({ name: 'FormatError' });
});

test('calls take turns, and one that fails holds up no other', async () => {
  const store = await RunStore.open(new FakeDisk());
  const results = await Promise.allSettled([store.save(exampleRun(0)), store.save({ ...exampleRun(1), step: 2 }), store.save(exampleRun(3)), store.rename('example', 'x'), store.load('example')]);
  expect(results.map(r => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(await steps(store)).toEqual([0, 3]);
});

test('beside a writer, a store that only reads follows, and changes nothing', async () => {
  const disk = new FakeDisk();
  const reader = await RunStore.open(disk, { readOnly: true });
  expect(await reader.list()).toEqual([]);
  const writer = await RunStore.open(disk);
  await writer.save(exampleRun(1));
  expect(await steps(reader)).toEqual([1]);
  const { calls } = disk;
  expect((await reader.load('example')).snapshot.step).toBe(1);
  await reader.exportRun('example');
  for (const act of [() => reader.save(exampleRun(2)), () => reader.rename('example', 'x'), () => reader.duplicate('example'), () => reader.remove('example'), async () => reader.importRun(await encodeSnapshot(exampleRun(0)))]) {
    await expect(act()).rejects.toMatchObject({ name: 'ReadOnlyError' });
  }
  expect(disk.calls).toBe(calls);
  expect(await reader.report()).toMatchObject({ readOnly: true, used: disk.used() });
});

test('a run that is not there is an error of its own', async () => {
  const store = await RunStore.open(new FakeDisk());
  await expect(store.load('example')).rejects.toMatchObject({ name: 'MissingRunError' });
  await store.save(exampleRun(1));
  await expect(store.load('example', 2)).rejects.toThrow('no checkpoint of step 2; it has 1');
});

test('of a checkpoint the teacher alone is read, at the step asked for or the newest before it', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  for (const step of [2, 5, 9]) await store.save(exampleRun(step, step, 1024));
  const size = (await disk.files('example')).get('00000002.safetensors')!;
  disk.bytesRead = 0;
  const teacher = (step: number) => exampleRun(step, step, 1024).tensors.get('teacher')!;
  expect(await store.teacher('example', 5)).toEqual({ step: 5, weights: teacher(5) });
  expect(disk.bytesRead).toBeLessThan(size / 2);
  expect(await store.teacher('example', 8)).toEqual({ step: 5, weights: teacher(5) });
  expect(await store.teacher('example', 1000)).toEqual({ step: 9, weights: teacher(9) });
  expect(await store.teacher('example', 1)).toBeNull();
  disk.damage('example', '00000001.safetensors', file => file.slice(0, -9000));
  await expect(store.teacher('example', 2)).rejects.toMatchObject({ name: 'FormatError', message: expect.stringMatching(/cut short/) as string });
  await store.remove('example');
  await expect(store.teacher('example', 5)).rejects.toMatchObject({ name: 'MissingRunError' });
});

describe('damage', () => {
  const flip = (at: number) => (bytes: Uint8Array<ArrayBuffer>) => { bytes[at]! ^= 4; return bytes; };
  const saved = async () => {
    const disk = new FakeDisk();
    const store = await RunStore.open(disk);
    for (const step of [0, 1, 2, 3]) await store.save(exampleRun(step, step));
    return { disk, store };
  };

  test('of the newest checkpoints: an older one is loaded, which says so, and they no longer count', async () => {
    const { disk, store } = await saved();
    disk.damage('example', '00000004.safetensors', flip(1500));
    disk.damage('example', '00000003.safetensors', bytes => bytes.slice(0, 100));
    expect(await store.load('example')).toEqual({ snapshot: exampleRun(1, 1), broken: [
      { step: 3, reason: expect.stringContaining('checksum') as string }, { step: 2, reason: expect.stringContaining('header') as string },
    ] });
    expect(await steps(store)).toEqual([0, 1]);
    expect(await slots(disk)).toEqual(['00000001.safetensors', '00000002.safetensors']);
  });

  test('of all of them: says why, and leaves them for another program', async () => {
    const { disk, store } = await saved();
    for (const file of await slots(disk)) disk.damage('example', file, flip(1500));
    await expect(store.load('example')).rejects.toMatchObject({ name: 'MissingRunError', message: expect.stringMatching(/None of the 4.*checksum/) as string });
    expect(await slots(disk)).toHaveLength(4);
  });

  test.each([['gone', () => new Uint8Array()], ['flipped at its start', flip(3)], ['flipped in the first text', flip(40)], ['cut', (b: Uint8Array<ArrayBuffer>) => b.slice(0, -5)], ['followed by rubbish', (b: Uint8Array<ArrayBuffer>) => Uint8Array.from([...b, ...b.slice(0, 99)])]])('of the journal (%s): nothing is lost', async (_, change) => {
    const { disk } = await saved();
    disk.damage('example', JOURNAL, change);
    const store = await RunStore.open(disk);
    expect(await steps(store)).toEqual([0, 1, 2, 3]);
    await store.save(exampleRun(4, 4));
    const next = await RunStore.open(disk);
    expect(await steps(next)).toEqual([0, 1, 2, 3, 4]);
    expect((await next.list())[0]!.name).toBe('An example');
  });

  test('of what is being written: the save is refused, and the run is what it was', async () => {
    const { disk, store } = await saved();
    const open = disk.open.bind(disk);
    for (const hit of ['00000005.safetensors', JOURNAL]) {
      disk.open = async (folder, file) => {
        const opened = await open(folder, file);
        return file === hit ? { ...opened, write: (bytes, at) => opened.write(flip(bytes.length >> 1)(bytes.slice()), at) } : opened;
      };
      await expect(store.save(exampleRun(4, 4))).rejects.toMatchObject({ name: 'StorageError', message: expect.stringContaining('other bytes') as string });
      disk.open = open;
      for (const now of [store, await RunStore.open(disk)]) {
        expect(await steps(now)).toEqual([0, 1, 2, 3]);
        expect((await now.load('example')).snapshot).toEqual(exampleRun(3, 3));
      }
      expect(await slots(disk)).toHaveLength(4);
    }
    await store.save(exampleRun(4, 4));
    expect(await steps(await RunStore.open(disk))).toEqual([0, 1, 2, 3, 4]);
  });

  test('what a later program wrote is neither removed nor overwritten', async () => {
    const { disk } = await saved();
    for (const file of await slots(disk)) disk.damage('example', file, bytes => { const text = new TextDecoder('latin1').decode(bytes).replace('"glimpse_run":"1"', '"glimpse_run":"2"'); return Uint8Array.from(text, c => c.charCodeAt(0)); });
    const store = await RunStore.open(disk);
    await expect(store.load('example')).rejects.toMatchObject({ name: 'NewerVersionError' });
    expect(await slots(disk)).toHaveLength(4);
    disk.damage('example', JOURNAL, () => new Uint8Array());
    const second = await RunStore.open(disk);
    await expect(second.save(exampleRun(9))).rejects.toMatchObject({ name: 'StorageError' });
    expect(await slots(disk)).toHaveLength(4);
  });
});
