/** What a crash leaves, at any moment of anything. */
import { describe, expect, test } from 'vitest';
import { Rng } from '#lib/rng.ts';
import { exampleRun } from '#testing/example-run.ts';
import { CrashError, FakeDisk } from '#testing/fake-disk.ts';
import { StorageFullError } from './errors.ts';
import { JOURNAL } from './journal.ts';
import { RunStore } from './run-store.ts';

const BUDGET = 40_000;

/** What must and what may be found of a run. `mark` rises from save to save. */
interface Expected { saved: number; tried: Map<number, number>; step: number; names: string[]; gone: 'no' | 'maybe' | 'yes' }

class Life {
  readonly rng: Rng;
  readonly runs = new Map<string, Expected>();
  disk = new FakeDisk();
  mark = 0;
  crashes = 0;
  resolved = 0;
  store: RunStore | null = null;
  /** What an act that was refused leaves of what was expected of it. */
  takeBack: () => void = () => undefined;
  refused = 0;
  copying: { of: string; from: number } | null = null;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  /** One session: opened, some things done, the power cut somewhere, and all of it looked at afterwards. */
  async session(): Promise<void> {
    const { rng } = this;
    this.disk.crashAt = this.disk.calls + rng.int(1, 45);
    // Now and then there is also hardly any room.
    if (rng.next() < 0.3) this.disk.quota = this.disk.used() + rng.int(0, 9000);
    this.copying = null;
    try {
      this.store = await RunStore.open(this.disk, { budget: BUDGET });
      const acts = rng.int(1, 6);
      for (let i = 0; i < acts; i++) await this.actIfPossible();
    } catch (e) {
      if (!(e instanceof CrashError || this.disk.calls >= this.disk.crashAt)) throw e;
    }
    this.disk = this.disk.crash(rng);
    this.crashes++;
    await this.look();
  }

  private async actIfPossible(): Promise<void> {
    try {
      await this.act();
    } catch (e) {
      // While what was refused is tidied up, the power may go as well.
      if (!(e instanceof StorageFullError) || this.disk.calls >= this.disk.crashAt) throw e;
      this.refused++;
      this.takeBack();
    }
  }

  private async act(): Promise<void> {
    this.takeBack = () => undefined;
    const { rng } = this;
    const there = [...this.runs].filter(([, r]) => r.gone === 'no').map(([id]) => id);
    const id = there[rng.int(0, there.length - 1)];
    const dice = rng.next();
    if (!id || dice < 0.1 && there.length < 5) await this.save(`run-${this.mark}`);
    else if (dice < 0.7) await this.save(id);
    else if (dice < 0.8) await this.rename(id);
    else if (dice < 0.9 && there.length < 5) await this.duplicate(id);
    else if (there.length > 2) await this.remove(id);
  }

  private async save(id: string): Promise<void> {
    const run = this.runs.get(id) ?? { saved: -1, tried: new Map<number, number>(), step: 0, names: ['An example'], gone: 'no' };
    this.runs.set(id, run);
    const { step } = run;
    this.takeBack = () => {
      run.step = step;
      if (run.saved < 0) this.runs.delete(id);
    };
    run.step += this.rng.int(0, 2);
    const mark = ++this.mark;
    run.tried.set(mark, run.step);
    await this.store!.save(exampleRun(run.step, mark, 24, id));
    run.saved = mark;
    this.resolved++;
  }

  private async rename(id: string): Promise<void> {
    const run = this.runs.get(id)!;
    run.names.push(`Name ${++this.mark}`);
    this.takeBack = () => { run.names.pop(); };
    await this.store!.rename(id, run.names.at(-1)!);
    run.names = run.names.slice(-1);
    this.resolved++;
  }

  private async duplicate(id: string): Promise<void> {
    const { saved, step, names: [name] } = this.runs.get(id)!;
    this.copying = { of: id, from: saved };
    this.takeBack = () => { this.copying = null; };
    const copy = await this.store!.duplicate(id);
    this.copying = null;
    this.runs.set(copy, { saved, tried: new Map([[saved, step]]), step, names: [`${name!} (copy)`], gone: 'no' });
    this.resolved++;
  }

  private async remove(id: string): Promise<void> {
    const run = this.runs.get(id)!;
    run.gone = 'maybe';
    this.takeBack = () => { run.gone = 'no'; };
    await this.store!.remove(id);
    run.gone = 'yes';
    this.resolved++;
  }

  /** Opens what the crash left, holds it against what is expected, and goes on from there. */
  private async look(): Promise<void> {
    const store = await RunStore.open(this.disk, { budget: BUDGET });
    const found = new Map((await store.list()).map(info => [info.id, info]));
    for (const [id, info] of found) {
      // The step itself is checked with the content below.
      if (!this.runs.has(id) && this.copying) this.runs.set(id, { saved: this.copying.from, tried: new Map([[this.copying.from, info.checkpoints[0]!.step]]), step: 0, names: [`${this.runs.get(this.copying.of)!.names[0]!} (copy)`], gone: 'maybe' });
    }
    for (const [id, run] of this.runs) {
      const info = found.get(id);
      if (!info) {
        // Gone, or never there.
        must(run.gone !== 'no' || run.saved < 0, `${id} is lost`);
        this.runs.delete(id);
        continue;
      }
      must(run.gone !== 'yes', `${id} came back`);
      const { snapshot, broken } = await store.load(id);
      const mark = snapshot.written - 1_700_000_000_000;
      must(!broken.length, `${id} is broken: ${broken[0]?.reason}`);
      must(mark >= run.saved, `${id} is that of save ${mark}, ${run.saved} had resolved`);
      must(run.names.includes(info.name), `${id} is called ${info.name}, not ${run.names.join(' or ')}`);
      must(run.tried.get(mark) === snapshot.step, `${id} is at step ${snapshot.step} by save ${mark}, not ${run.tried.get(mark)}`);
      must(snapshot.tensors.get('second')![5] === exampleRun(0, mark).tensors.get('second')![5], `${id} has another run's numbers`);
      must(new Set(info.checkpoints.map(c => c.step)).size === info.checkpoints.length, `${id} has a step twice`);
      Object.assign(run, { saved: mark, step: snapshot.step, names: [info.name], gone: 'no' });
    }
    for (const id of found.keys()) must(this.runs.has(id), `${id} came out of nowhere`);
    if (this.crashes % 20 === 0) await this.lookCloser(store);
  }

  /** Every checkpoint can be read, and nothing lies about that no run knows of. */
  private async lookCloser(store: RunStore): Promise<void> {
    const runs = await store.list();
    for (const { id, checkpoints } of runs) {
      for (const { step } of checkpoints) must((await store.load(id, step)).snapshot.step === step, `step ${step} of ${id} can't be read`);
      const files = [...(await this.disk.files(id)).keys()].filter(f => f !== JOURNAL);
      must(files.length === checkpoints.length, `${id} has ${files.length} files for ${checkpoints.length} checkpoints`);
    }
    must((await this.disk.folders()).length === runs.length, 'there are folders of no run');
  }
}

function must(ok: boolean, why: string): void {
  if (!ok) throw new Error(why);
}

// Side by side: each mostly waits for a checksum.
test.concurrent.each([1, 2, 3, 4, 5])('1,000 crashes: nothing unreadable, nothing older than what was kept (seed %i)', { timeout: 120_000 }, async seed => {
  const life = new Life(seed);
  for (let i = 0; i < 1000; i++) await life.session();
  expect(life.crashes).toBe(1000);
  // Of what was begun a good part was done, and the rest was cut short.
  expect(life.resolved).toBeGreaterThan(800);
  expect(life.mark).toBeGreaterThan(1000);
  expect(life.refused).toBeGreaterThan(20);
});

describe('no room, at any call', () => {
  const files = async (disk: FakeDisk) => (await Promise.all((await disk.folders()).map(async f => [...(await disk.files(f)).keys()].filter(n => n !== JOURNAL)))).flat().length;

  test.each(['failAt', 'fullAt'] as const)('%s: what was kept stays, and nothing half-written does', async how => {
    let refused = 0;
    for (let point = 1; point <= 60; point++) {
      const disk = new FakeDisk();
      const store = await RunStore.open(disk, { budget: BUDGET });
      for (const step of [0, 1, 2]) await store.save(exampleRun(step, step));
      disk[how] = disk.calls + point;
      let last = 2;
      let name = 'An example';
      const acts: (() => Promise<unknown>)[] = [
        async () => { await store.save(exampleRun(3, 3)); last = 3; },
        async () => { await store.rename('example', 'Another'); name = 'Another'; },
        async () => { await store.save(exampleRun(3, 4)); last = 4; },
        () => store.duplicate('example'),
        async () => { await store.save(exampleRun(5, 5, 900)); last = 5; },
        () => store.remove('example'),
      ];
      for (const act of acts.slice(0, -1)) {
        const error = await act().then(() => null, (e: unknown) => e);
        if (!error) continue;
        expect(error).toMatchObject({ name: 'StorageFullError', message: expect.stringMatching(/needs \d+ KiB, and the browser .*Remove/) as string });
        refused++;
      }
      for (const now of [store, await RunStore.open(disk, { readOnly: true })]) {
        expect((await now.load('example')).snapshot).toMatchObject({ written: 1_700_000_000_000 + last, name });
        expect(await files(disk)).toBe((await now.list()).reduce((n, r) => n + r.checkpoints.length, 0));
      }
      disk[how] = Infinity;
      await acts.at(-1)!();
      expect((await (await RunStore.open(disk)).list()).map(r => r.id)).not.toContain('example');
    }
    expect(refused).toBeGreaterThan(how === 'failAt' ? 20 : 60);
  });

  test('the browser\'s estimate is asked before anything is written, and old checkpoints make way', async () => {
    const disk = new FakeDisk();
    const store = await RunStore.open(disk);
    for (const step of [0, 1, 2, 3, 4]) await store.save(exampleRun(step, step));
    disk.quota = disk.used() + 1000;
    await store.save(exampleRun(5, 5));
    expect((await store.list())[0]!.checkpoints.map(c => c.step)).toEqual([0, 1, 3, 4, 5]);
    const { calls } = disk;
    await expect(store.save(exampleRun(6, 6, 10_000))).rejects.toThrow(/needs 1\d\d KiB, and the browser leaves this page \d KiB/);
    expect(disk.calls).toBe(calls);
    expect((await store.list())[0]!.checkpoints.map(c => c.step)).toEqual([0, 1, 3, 4, 5]);
  });

  test('where the estimate was wrong, old checkpoints make way as well', async () => {
    const disk = new FakeDisk();
    const store = await RunStore.open(disk);
    for (const step of [0, 1, 2, 3, 4]) await store.save(exampleRun(step, step));
    const full = disk.used() + 1000;
    disk.quota = full;
    disk.room = () => Promise.resolve({ used: 0, quota: 2 ** 40, persistent: false });
    await store.save(exampleRun(5, 5));
    expect((await store.list())[0]!.checkpoints.map(c => c.step)).toEqual([0, 3, 4, 5]);
    expect(disk.used()).toBeLessThan(full);
    await expect(store.save(exampleRun(6, 6, 10_000))).rejects.toThrow('the browser takes no more, though it says that 1048576.0 MiB are free');
    expect((await store.list())[0]!.checkpoints.map(c => c.step)).toEqual([0, 3, 4, 5]);
  });
});
