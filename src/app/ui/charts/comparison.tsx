import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { valueText } from '#app/ui/setup/value.ts';
import css from './charts.module.css';
import { differences } from './differences.ts';
import { type Colour, DASHES, type Shown } from './lines.ts';
import { Stroke } from './stroke.tsx';

/** Whose curves are drawn, and in which settings these runs differ. */
export function Comparison({ runs }: { runs: readonly Shown[] }) {
  const hideRun = useStore(s => s.hideRun);
  const differing = differences(runs.map(run => run.config));
  return (
    <div className={css.comparison}>
      <ul className={css.legend} aria-label="Runs in the charts">
        {runs.map(run => (
          <li key={run.id}>
            <Stroke colour={(run.line + 1) as Colour} dash={DASHES[run.line]!} />
            <span>{run.name}{run.line === 0 && <small> (in memory)</small>}</span>
            {run.line > 0 && <Button kind="quiet" aria-label={`Hide ${run.name}`} onClick={() => { hideRun(run.id); }}>Hide</Button>}
          </li>
        ))}
      </ul>
      {runs.length > 1 && (differing.length === 0
        ? <p className={css.note}>These runs have the same settings.</p>
        : (
          <div className={css.differences} role="region" aria-label="What differs" tabIndex={0}>
            <table data-testid="differences">
              <caption>What differs</caption>
              <thead><tr><th scope="col">Option</th>{runs.map(run => <th key={run.id} scope="col">{run.name}</th>)}</tr></thead>
              <tbody>
                {differing.map(({ key, label, values }) => <tr key={key}><th scope="row">{label}</th>{values.map((value, i) => <td key={runs[i]!.id}>{valueText(value)}</td>)}</tr>)}
              </tbody>
            </table>
          </div>
        ))}
    </div>
  );
}
