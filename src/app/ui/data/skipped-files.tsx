import type { DatasetSummary, SkippedFile } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { whole } from '#app/ui/common/format.ts';
import { visible } from '#lib/visible.ts';
import css from './data.module.css';

/** Rows drawn; the CSV file has all of them. */
const SHOWN = 100;

/** Reasons summed up above the files. */
const MOST_REASONS = 6;

/** How many files each reason turned away, the commonest first. */
export function byReason(files: readonly SkippedFile[]): [reason: string, files: number][] {
  const counts = new Map<string, number>();
  for (const { reason } of files) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** What isn't used and why: files refused as they were read, and images lost since. */
export function SkippedFiles({ dataset }: { dataset: DatasetSummary }) {
  const lost = useStore(s => s.lost);
  const allSkipped = useStore(s => s.allSkipped);
  const count = dataset.skippedCount + lost.length;
  const others = dataset.ignored > 0
    ? <p className={css.hint}>{dataset.ignored === 1 ? '1 other file was' : `${whole(dataset.ignored)} other files were`} passed over: hidden, or no image by name.</p>
    : null;
  if (count === 0) return others;
  const listed = [...lost, ...dataset.skipped];
  const shown = listed.slice(0, SHOWN);
  const reasons = byReason(listed);
  const save = async () => {
    download('glimpse-skipped.csv', csv([['path', 'reason'], ...(await allSkipped()).map(s => [s.path, s.reason])]));
  };
  return (
    <>
      <details className={css.more}>
        <summary>{count === 1 ? '1 file skipped' : `${whole(count)} files skipped`}</summary>
        {reasons.length < listed.length && (
          <ul className={css.reasons} aria-label="Reasons">
            {reasons.slice(0, MOST_REASONS).map(([reason, times]) => <li key={reason}><b>{whole(times)}</b> {reason}</li>)}
          </ul>
        )}
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Skipped files">
          <table>
            <thead><tr><th scope="col">File</th><th scope="col">Reason</th></tr></thead>
            <tbody>{shown.map((s, i) => <tr key={i}><td>{visible(s.path)}</td><td>{s.reason}</td></tr>)}</tbody>
          </table>
        </div>
        {count > SHOWN && <p className={css.hint}>The first {SHOWN} are shown. The CSV file has all {whole(count)}.</p>}
        <Button kind="quiet" onClick={() => { void save(); }}>Download as CSV</Button>
      </details>
      {others}
    </>
  );
}
