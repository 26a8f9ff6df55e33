import { useState } from 'react';
import { useStore } from '#app/store/store.ts';
import { figureOrDash, whole } from '#app/ui/common/format.ts';
import type { ChartSpec } from './chart-spec.ts';
import css from './charts.module.css';
import { type Line, valueOf } from './lines.ts';

const ROWS = 8;

/** What a chart shows as a table: the newest values, or, of several runs, each one's last. */
export function ValuesTable({ spec, lines, several }: { spec: ChartSpec; lines: readonly Line[]; several: boolean }) {
  const [open, setOpen] = useState(false);
  useStore(s => s.historyVersion);
  return (
    <details className={css.table} onToggle={e => { setOpen(e.currentTarget.open); }}>
      <summary aria-label={`${spec.title}: values as a table`}>Values</summary>
      {open && (several ? <OfRuns lines={lines} /> : <Newest lines={lines.filter(line => line.metric !== null)} />)}
    </details>
  );
}

function Newest({ lines }: { lines: readonly Line[] }) {
  const history = lines[0]?.run.history;
  if (!history) return null;
  const steps = history.column('step');
  const rows = Array.from({ length: Math.min(ROWS, steps.length) }, (_, i) => steps.length - 1 - i);
  return (
    <table>
      <thead><tr><th scope="col">Step</th>{lines.map(line => <th key={line.label} scope="col">{line.label}</th>)}</tr></thead>
      <tbody>
        {rows.map(row => <tr key={steps[row]}><td>{whole(steps[row]!)}</td>{lines.map(line => <td key={line.label}>{figureOrDash(valueOf(line, row))}</td>)}</tr>)}
      </tbody>
    </table>
  );
}

function OfRuns({ lines }: { lines: readonly Line[] }) {
  return (
    <table>
      <thead><tr><th scope="col">Run</th><th scope="col">Last step</th><th scope="col">Value there</th></tr></thead>
      <tbody>
        {lines.map(line => {
          const row = line.run.history.length - 1;
          return (
            <tr key={line.run.id}><th scope="row">{line.label}</th><td>{row < 0 ? '–' : whole(line.run.history.column('step')[row]!)}</td><td>{row < 0 ? '–' : figureOrDash(valueOf(line, row))}</td></tr>
          );
        })}
      </tbody>
    </table>
  );
}
