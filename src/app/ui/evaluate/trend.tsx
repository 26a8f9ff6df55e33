import { useState } from 'react';
import type { Figure } from '#contract/trainer.ts';
import type { Evaluated } from '#app/store/evaluation-slice.ts';
import { whole } from '#app/ui/common/format.ts';
import css from './evaluate.module.css';
import { FIGURES, HEADLINES, percent } from './words.ts';

/** Units of the drawing, which is stretched to the width there is. */
const WIDTH = 600;
const HEIGHT = 130;

/** The headlines over the steps of a run, each beside the better of its baselines, and all as a table. */
export function Trend({ series }: { series: Evaluated[] }) {
  const [open, setOpen] = useState(false);
  const sorted = series.toSorted((a, b) => a.step - b.step);
  const ids = sorted[0]!.figures.map(f => f.id);
  const shown = HEADLINES.filter(id => ids.includes(id));
  const of = (e: Evaluated, id: Figure['id']) => e.figures.find(f => f.id === id)!;
  const lines = shown.map((id, i) => ({ id, colour: i + 1, values: sorted.map(e => of(e, id).trained), level: Math.max(of(sorted[0]!, id).untrained, of(sorted[0]!, id).colour) }));
  const [first, last] = [sorted[0]!.step, sorted.at(-1)!.step];
  const top = Math.max(10, ...lines.flatMap(l => [...l.values, l.level])) * 1.08;
  const x = (step: number) => last === first ? WIDTH / 2 : WIDTH * (step - first) / (last - first);
  const y = (value: number) => HEIGHT * (1 - value / top);
  const said = lines.map(l => `${FIGURES[l.id].name} from ${percent(l.values[0]!)} to ${percent(l.values.at(-1)!)} %`).join(', ');
  return (
    <figure className={css.trend}>
      <figcaption>
        <h3>Over the run</h3>
        <span className={css.legend} aria-hidden="true">{lines.map(l => <span key={l.id}><i data-colour={l.colour} />{FIGURES[l.id].name}</span>)}<span><i data-dashed />better baseline</span></span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Steps ${whole(first)} to ${whole(last)}: ${said}`} data-testid="trend">
        {lines.map(l => (
          <g key={l.id} data-colour={l.colour}>
            <line x1={0} x2={WIDTH} y1={y(l.level)} y2={y(l.level)} data-dashed />
            <polyline points={l.values.map((v, i) => `${x(sorted[i]!.step)},${y(v)}`).join(' ')} />
            {l.values.map((v, i) => <line key={i} className={css.point} x1={x(sorted[i]!.step)} x2={x(sorted[i]!.step)} y1={y(v)} y2={y(v)} />)}
          </g>
        ))}
      </svg>
      <p className={css.axis} aria-hidden="true"><span>step {whole(first)}</span><span>0 to {Math.round(top)} %</span><span>step {whole(last)}</span></p>
      <details className={css.steps} onToggle={e => { setOpen(e.currentTarget.open); }}>
        <summary>All evaluations of this run</summary>
        {open && (
          <div className={css.scroll} tabIndex={0} role="region" aria-label="All evaluations of this run">
            <table data-testid="trend-table">
              <thead><tr><th scope="col">Step</th>{ids.map(id => <th key={id} scope="col">{FIGURES[id].name}</th>)}</tr></thead>
              <tbody>{sorted.map((e, i) => <tr key={i}><th scope="row">{whole(e.step)}</th>{ids.map(id => <td key={id}>{percent(of(e, id).trained)}</td>)}</tr>)}</tbody>
            </table>
          </div>
        )}
      </details>
    </figure>
  );
}
