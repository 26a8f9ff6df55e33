import type { SkippedFile } from '#contract/trainer.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { whole } from '#app/ui/common/format.ts';
import css from './data.module.css';

/** Rows drawn; the CSV file has all of them. */
const SHOWN = 100;

export function SkippedFiles({ skipped }: { skipped: SkippedFile[] }) {
  if (skipped.length === 0) return null;
  return (
    <details className={css.more}>
      <summary>{skipped.length === 1 ? '1 file skipped' : `${whole(skipped.length)} files skipped`}</summary>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Skipped files">
        <table>
          <thead><tr><th scope="col">File</th><th scope="col">Reason</th></tr></thead>
          <tbody>{skipped.slice(0, SHOWN).map((s, i) => <tr key={i}><td>{s.path}</td><td>{s.reason}</td></tr>)}</tbody>
        </table>
      </div>
      {skipped.length > SHOWN && <p className={css.hint}>The first {SHOWN} are shown. The CSV file has all {whole(skipped.length)}.</p>}
      <Button kind="quiet" onClick={() => { download('glimpse-skipped.csv', csv([['path', 'reason'], ...skipped.map(s => [s.path, s.reason])])); }}>Download as CSV</Button>
    </details>
  );
}
