import type { Colour } from './lines.ts';
import css from './charts.module.css';

/** A piece of a line as charts draw it, beside its name. */
export function Stroke({ colour, dash }: { colour: Colour; dash: readonly number[] }) {
  return (
    <svg className={css.stroke} width="26" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="26" y2="4" stroke={`var(--curve-${colour})`} strokeWidth="2.25" strokeDasharray={dash.join(' ') || undefined} />
    </svg>
  );
}
