import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { resume } from './resume.ts';
import css from './runs.module.css';

/** The run that was written last, where it didn't end and nothing else was begun: after a crash, the way back. */
export function ResumeOffer() {
  const begun = useStore(s => s.runConfig !== null);
  const run = useStore(s => s.runs?.find(r => r.checkpoints.at(-1)!.step < r.config.steps));
  const blocked = useStore(s => s.busy || s.ingest !== null || (s.storage?.readOnly ?? true));
  const awaited = useStore(s => s.awaited !== null);
  if (begun || awaited || !run) return null;
  const step = run.checkpoints.at(-1)!.step;
  return (
    <section className={css.offer} aria-label="Run to go on with">
      <p><b>{run.name}</b> is at step {whole(step)} of {whole(run.config.steps)}.</p>
      <Button kind="primary" unavailable={blocked} onClick={() => { void resume(run); }}>Resume {run.name} at step {whole(step)}</Button>
    </section>
  );
}
