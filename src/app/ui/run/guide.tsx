import { useState } from 'react';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import css from './run.module.css';

const STEPS = [
  ['Add images', 'Drop a folder of your own, or take the sample.'],
  ['Press Train', 'A small network starts to learn from them, without labels.'],
  ['Watch it look', 'Under “What it sees” the network shows where it looks, and that changes as it learns. Choose another image, another tab, a patch.'],
] as const;

/** The way through a first run, until its end is said to be understood. */
export function Guide() {
  const old = useStore(s => s.runs?.some(r => r.id !== s.runId) ?? false);
  const hasImages = useStore(s => (s.dataset?.count ?? 0) > 0);
  const begun = useStore(s => s.runConfig !== null);
  const [closed, setClosed] = useState(false);
  // Who has trained before knows the way, also once one of those runs goes on.
  if (old && !closed) setClosed(true);
  if (old || closed) return null;
  const now = begun ? 2 : hasImages ? 1 : 0;
  return (
    <ol className={css.guide} aria-label="First run">
      {STEPS.map(([title, text], i) => (
        <li key={title} aria-current={i === now ? 'step' : undefined} data-done={i < now || undefined}>
          <span className={css.number} aria-hidden="true">{i < now ? '✓' : i + 1}</span>
          <div><b>{title}</b><p>{text}</p>{i === 2 && i === now && <Button kind="quiet" onClick={() => { setClosed(true); }}>Got it</Button>}</div>
        </li>
      ))}
    </ol>
  );
}
