import { useRef, useState } from 'react';
import type { RunInfo } from '#contract/runs.ts';
import { MOST_OVERLAID } from '#app/store/charts-slice.ts';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { download } from '#app/ui/common/csv.ts';
import { bytes, whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { resume } from './resume.ts';
import css from './runs.module.css';

/** The runs kept on this machine: to take up again, to name, to copy, to carry elsewhere. */
export function RunsPanel() {
  const runs = useStore(s => s.runs);
  const storage = useStore(s => s.storage);
  if (!runs || !storage) return null;
  const note = storage.unavailable ? 'not kept' : storage.readOnly ? 'another tab writes' : runs.length > 0 ? whole(runs.length) : 'none yet';
  return (
    <Panel title="Runs" note={note}>
      {storage.unavailable && <p className={css.hint}>This browser can’t keep runs ({storage.unavailable}). Training works; closing the tab ends it.</p>}
      {storage.readOnly && <p className={css.hint} data-testid="read-only">Glimpse is open in another tab, which trains and writes. Here you can look; close the other tab to train in this one.</p>}
      {runs.length > 0 && <ul className={css.runs}>{runs.map(run => <Kept key={run.id} run={run} />)}</ul>}
      {!storage.unavailable && <Foot />}
    </Panel>
  );
}

const when = (ms: number): string => new Date(ms).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

function Kept({ run }: { run: RunInfo }) {
  const current = useStore(s => s.runId === run.id);
  const live = useStore(s => isLive(s.runState) || s.busy);
  const readOnly = useStore(s => s.storage?.readOnly ?? true);
  const awaited = useStore(s => s.awaited?.id === run.id);
  const { duplicateRun, removeRun, exportRun } = useStore.getState();
  const [asking, setAsking] = useState<'name' | 'delete' | null>(null);
  const newest = run.checkpoints.at(-1)!;
  const over = newest.step >= run.config.steps;
  const size = run.checkpoints.reduce((sum, c) => sum + c.bytes, 0);
  const save = async () => {
    const file = await exportRun(run.id);
    if (file) download(`${run.name.replace(/[^\p{L}\p{N}]+/gu, '-')}-${newest.step}.glimpse.safetensors`, file);
  };
  return (
    <li className={css.run} data-testid="kept-run" data-current={current || undefined}>
      {asking === 'name' ? <Rename run={run} onDone={() => { setAsking(null); }} /> : <h3 className={css.name}>{run.name}{current && <small> (in memory)</small>}</h3>}
      <p className={css.facts}>Step {whole(newest.step)} of {whole(run.config.steps)} · {when(newest.written)} · {run.dataset.name}, {whole(run.dataset.count)} images · {bytes(size)} in {whole(run.checkpoints.length)} {run.checkpoints.length === 1 ? 'checkpoint' : 'checkpoints'}</p>
      <div className={css.buttons} role="group" aria-label={`What to do with ${run.name}`}>
        <Button kind={current ? 'plain' : 'primary'} unavailable={live || readOnly} onClick={() => { void resume(run); }}>{over ? 'Open' : `Resume at step ${whole(newest.step)}`}</Button>
        <Button kind="quiet" onClick={() => { void save(); }}>Export</Button>
        <Button kind="quiet" unavailable={readOnly} onClick={() => { setAsking('name'); }}>Rename</Button>
        <Button kind="quiet" unavailable={readOnly} onClick={() => { void duplicateRun(run.id); }}>Duplicate</Button>
        {asking === 'delete'
          ? <Button autoFocus onBlur={() => { setAsking(null); }} onClick={() => { void removeRun(run.id); }}>Delete for good</Button>
          : <Button kind="quiet" unavailable={readOnly || (current && live)} onClick={() => { setAsking('delete'); }}>Delete</Button>}
      </div>
      {!current && <InCharts run={run} />}
      {awaited && <Awaited run={run} />}
    </li>
  );
}

/** Draws the run's curves beside those of the run in memory. */
function InCharts({ run }: { run: RunInfo }) {
  const shown = useStore(s => s.overlaid.some(other => other.info.id === run.id));
  const full = useStore(s => s.overlaid.length >= MOST_OVERLAID);
  const { showRun, hideRun } = useStore.getState();
  const [reading, setReading] = useState(false);
  const show = async () => {
    setReading(true);
    await showRun(run);
    setReading(false);
  };
  return (
    <label className={css.inCharts}>
      <input type="checkbox" checked={shown || reading} disabled={full && !shown} onChange={event => {
        if (event.currentTarget.checked) void show();
        else hideRun(run.id);
      }} />
      Show in the curves<span className={css.hidden}> {run.name}</span>{full && !shown && ` (${MOST_OVERLAID} at most)`}
    </label>
  );
}

/** The run's images aren't the ones that are loaded. */
function Awaited({ run }: { run: RunInfo }) {
  const dataset = useStore(s => s.dataset);
  const resumeAwaited = useStore(s => s.resumeAwaited);
  const there = dataset?.hash === run.dataset.hash;
  return (
    <div className={css.awaited} role="status">
      <p>{there ? `“${run.dataset.name}” is there.` : `This run was trained on “${run.dataset.name}” (${whole(run.dataset.count)} images). Add those images, then resume.`}</p>
      {dataset && !there && <p>What is loaded differs: “{dataset.name}”, {whole(dataset.count)} images.</p>}
      <div className={css.buttons}>
        {there && <Button kind="primary" onClick={() => { void resume(run); }}>Resume</Button>}
        {dataset && !there && <Button onClick={() => { void resumeAwaited(); }}>Resume with “{dataset.name}”</Button>}
      </div>
    </div>
  );
}

function Rename({ run, onDone }: { run: RunInfo; onDone: () => void }) {
  const renameRun = useStore(s => s.renameRun);
  return (
    <form className={css.rename} onSubmit={event => {
      event.preventDefault();
      const name = String(new FormData(event.currentTarget).get('name')).trim();
      onDone();
      if (name && name !== run.name) void renameRun(run.id, name);
    }}>
      <input name="name" aria-label="Name of the run" defaultValue={run.name} maxLength={120} autoFocus onKeyDown={event => { if (event.key === 'Escape') onDone(); }} />
      <button type="submit" className={css.submit}>Save</button>
    </form>
  );
}

function Foot() {
  const storage = useStore(s => s.storage)!;
  const importRun = useStore(s => s.importRun);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={css.foot}>
      <p className={css.hint} data-testid="storage">
        {bytes(storage.used)} of {bytes(storage.quota)} used{storage.persistent ? ', kept until you delete it' : '; the browser may clear it when the disk is full'}. Old checkpoints are thinned beyond {bytes(storage.budget)}.
      </p>
      <Button kind="quiet" unavailable={storage.readOnly} onClick={() => input.current?.click()}>Import a run</Button>
      <input ref={input} hidden type="file" accept=".safetensors" aria-label="File of a run" onChange={e => {
        const file = e.currentTarget.files?.[0];
        e.currentTarget.value = '';
        if (file) void importRun(file);
      }} />
    </div>
  );
}
