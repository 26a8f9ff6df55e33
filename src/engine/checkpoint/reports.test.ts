import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleRun } from '#testing/example-run.ts';
import { FakeDisk } from '#testing/fake-disk.ts';
import { writeFile } from './disk.ts';
import { readReports } from './reports.ts';
import { RunStore } from './run-store.ts';
import { FIRST_COLUMNS, REPORT_COLUMNS } from './snapshot.ts';

test('the reports of a kept run are had without its weights', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(3, 1, 100_000));
  const run = exampleRun(7, 5, 100_000);
  const { bytes } = await store.save(run);
  disk.bytesRead = 0;
  const columns = await store.reports('example');
  for (const column of REPORT_COLUMNS) expect([...columns[column]], column).toEqual(run.reports.map(report => report[column]));
  expect(disk.bytesRead).toBeLessThan(bytes / 100);
  await expect(store.reports('other')).rejects.toMatchObject({ name: 'MissingRunError' });
});

test('where the newest can\'t be read, those of the checkpoint before', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(2));
  await store.save(exampleRun(4));
  disk.damage('example', '00000002.safetensors', bytes => bytes.fill(0, 0, 40));
  expect([...(await store.reports('example')).step]).toEqual([1, 2]);
  disk.damage('example', '00000001.safetensors', bytes => bytes.slice(0, 100));
  await expect(store.reports('example')).rejects.toThrow('No checkpoint of this run has reports that can be read');
});

test('a run before its first step has none; one of an older program has gaps where it reported less', async () => {
  const disk = new FakeDisk();
  const store = await RunStore.open(disk);
  await store.save(exampleRun(0));
  expect(await store.reports('example')).toMatchObject({ step: new Float64Array(), kl: new Float64Array() });
  const old = new Uint8Array(readFileSync(new URL('../../testing/fixtures/run-v1.safetensors', import.meta.url)));
  await writeFile(disk, 'old', 'run.safetensors', old);
  const columns = await readReports(disk, 'old', 'run.safetensors', old.length);
  expect([...columns.dino]).toEqual(exampleRun(4, 11).reports.map(report => report.dino));
  for (const column of REPORT_COLUMNS) expect(columns[column].every(Number.isNaN), column).toBe(!FIRST_COLUMNS.some(first => first === column));
});
