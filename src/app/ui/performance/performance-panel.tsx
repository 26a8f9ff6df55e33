import { useEffect, useState } from 'react';
import { bufferName, caveats, HOW_TO_READ, originText, profileMarkdown, profileRows, size, totalsText } from '#contract/profile-text.ts';
import type { ProfileReport } from '#contract/profile.ts';
import { toFailure } from '#app/store/client.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { KernelTable } from './kernel-table.tsx';
import css from './performance.module.css';
import { TuningTable } from './tuning-table.tsx';

/** Where the time of a step goes, measured when asked for. */
export function PerformancePanel() {
  const profile = useStore(s => s.profile);
  const profiling = useStore(s => s.profiling);
  const fault = useStore(s => s.profileFault);
  const measure = useStore(s => s.measureProfile);
  const word = profiling ? 'Measuring…' : fault ? `Not measured: ${fault}` : profile ? `Measured ${originText(profile)}` : 'Not measured yet';
  return (
    <Panel title="Performance"
      note={<span role="status" data-testid="profile-state" data-state={profiling ? 'measuring' : fault ? 'failed' : profile ? 'done' : 'idle'} className={fault && !profiling ? css.failed : undefined}>{word}</span>}>
      <div className={css.ask}>
        <Button unavailable={profiling} aria-describedby="profile-why" onClick={() => { void measure(); }}>{profile ? 'Measure again' : 'Measure'}</Button>
        <p id="profile-why">Times a step on the GPU, kernel by kernel, beside what this device can do at best. A run waits for some seconds meanwhile; its numbers stay the same.</p>
      </div>
      {profile && <Report profile={profile} />}
      <Kernels />
    </Panel>
  );
}

/** Which kernels the run's products take, and why: settled when a run has been prepared. */
function Kernels() {
  const tuning = useStore(s => s.tuning);
  const load = useStore(s => s.loadTuning);
  const run = useStore(s => s.runConfig);
  const prepared = useStore(s => s.runConfig !== null && s.runState !== 'preparing');
  useEffect(() => {
    if (prepared) void load();
  }, [prepared, run, load]);
  if (!tuning) return null;
  return (
    <details className={css.kernels}>
      <summary>Kernels of the matrix products</summary>
      <TuningTable report={tuning} />
    </details>
  );
}

function Report({ profile }: { profile: ProfileReport }) {
  return (
    <div className={css.report} aria-busy={useStore(s => s.profiling)}>
      <p className={css.device}>{profile.device}</p>
      <dl className={css.totals}>
        {totalsText(profile).map(({ name, value, note }) => (
          <div key={name}><dt>{name}</dt><dd>{value}{note && <small>{note}</small>}</dd></div>
        ))}
      </dl>
      {caveats(profile).map(text => <p key={text} className={css.caveat}>{text}</p>)}
      <KernelTable profile={profile} tools={<Exports profile={profile} />} />
      <p className={css.how}>{HOW_TO_READ}</p>
      <details className={css.buffers}>
        <summary>Largest buffers on the GPU</summary>
        <table>
          <thead><tr><th scope="col">Buffer</th><th scope="col">Size</th></tr></thead>
          <tbody>{profile.buffers.map((b, i) => <tr key={i}><th scope="row">{bufferName(b.label)}</th><td>{size(b.bytes)}</td></tr>)}</tbody>
        </table>
      </details>
    </div>
  );
}

function Exports({ profile }: { profile: ProfileReport }) {
  const addFailure = useStore(s => s.addFailure);
  const [copied, setCopied] = useState<ProfileReport | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(profileMarkdown(profile));
      setCopied(profile);
    } catch (error) {
      addFailure({ name: 'ClipboardError', message: `The browser didn't let the table be copied (${toFailure(error).message}). Use CSV in its place.` });
    }
  };
  return (
    <>
      <span role="status" className={css.copied}>{copied === profile && 'Copied'}</span>
      <Button kind="quiet" onClick={() => { void copy(); }}>Copy as Markdown</Button>
      <Button kind="quiet" aria-label="Download the profile as CSV" onClick={() => { download('glimpse-profile.csv', csv(profileRows(profile))); }}>CSV</Button>
    </>
  );
}
