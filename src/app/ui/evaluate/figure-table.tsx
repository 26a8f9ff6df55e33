import type { EvaluationReport } from '#contract/trainer.ts';
import css from './evaluate.module.css';
import { FIGURES, gain, HEADLINES, percent, points } from './words.ts';

/** The figures of one evaluation beside their baselines. */
export function FigureTable({ report: { step, figures } }: { report: EvaluationReport }) {
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Figures">
      <table data-testid="figure-table" data-step={step}>
        <caption>Percent; the gain is in points above the better of untrained and colour</caption>
        <thead>
          <tr><th scope="col">Figure</th><th scope="col">Trained</th><th scope="col">Untrained</th><th scope="col">Colour</th><th scope="col">Gain</th></tr>
        </thead>
        <tbody>
          {figures.map(f => (
            <tr key={f.id} className={HEADLINES.includes(f.id) ? css.headline : undefined}>
              <th scope="row">{FIGURES[f.id].name}</th>
              <td>{step === 0 ? '–' : percent(f.trained)}</td>
              <td>{percent(f.untrained)}</td>
              <td>{percent(f.colour)}</td>
              <td className={css.gain} data-more={(step > 0 && points(gain(f)).startsWith('+')) || undefined}>{step === 0 ? '–' : points(gain(f))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
