import { whole } from '#app/ui/common/format.ts';
import { useColourScheme } from '#app/ui/common/theme.ts';
import css from './dataset.module.css';
import { type Group, PALETTE, SHAPES } from './groups.ts';

/** What colours and shapes stand for; each group can be chosen as a whole. */
export function Legend({ groups, chosen, onChoose }: { groups: readonly Group[]; chosen: ReadonlySet<number> | null; onChoose: (points: readonly number[]) => void }) {
  const scheme = useColourScheme();
  const isChosen = (g: Group) => chosen?.size === g.points.length && g.points.every(p => chosen.has(p));
  return (
    <ul className={css.legend} aria-label="Groups">
      {groups.map(g => (
        <li key={g.label}>
          <button type="button" aria-pressed={isChosen(g)} aria-label={`${g.label} ${whole(g.points.length)} images: choose them`} onClick={() => { onChoose(isChosen(g) ? [] : g.points); }}>
            <svg viewBox="0 0 10 10" aria-hidden="true"><path d={SHAPES[g.shape]} fill={PALETTE[scheme][g.colour]} /></svg>
            <span>{g.label}</span>{' '}<small>{whole(g.points.length)}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}
