import { percent } from '#app/ui/common/format.ts';
import css from './insight.module.css';
import { holding, measure, type View } from './measure.ts';

/** The maps in numbers, for those who can't see them and those who want to be exact. */
export function HeadTable({ views, grid, share, query }: { views: View[]; grid: number; share: number; query: number }) {
  return (
    <details className={css.numbers}>
      <summary>Numbers for each head</summary>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Attention in numbers">
        <table data-testid="attention-table">
          <thead><tr>
            <th scope="col">Map</th><th scope="col">Peak</th><th scope="col">at row, column</th><th scope="col">Spread over</th>
            <th scope="col">{query === 0 ? 'On itself' : 'On the class token'}</th><th scope="col">{percent(share, 0)} lie on</th>
          </tr></thead>
          <tbody>
            {views.map(view => {
              const m = measure(view.shares, grid);
              return (
                <tr key={view.label}>
                  <th scope="row">{view.label}</th><td>{percent(m.peak, 2)}</td><td>{m.row}, {m.column}</td>
                  <td>{m.spread.toFixed(1)} of {grid * grid}</td><td>{percent(m.own)}</td><td>{holding(view.mass, share).filter(Boolean).length} patches</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
