import { useStore } from '#app/store/store.ts';
import css from './run.module.css';

/** The way to a first run, until there was one. */
export function Guide() {
  const begun = useStore(s => s.runConfig !== null || (s.runs?.length ?? 0) > 0);
  const hasImages = useStore(s => (s.dataset?.count ?? 0) > 0);
  if (begun) return null;
  const now = hasImages ? 1 : 0;
  const steps = [
    ['Add images', 'Drop a folder of your own, or take the sample.'],
    ['Press Train', 'A small network starts to learn from them, without labels.'],
    ['Watch it look', 'See where in a picture the network looks, and how that changes.'],
  ] as const;
  return (
    <ol className={css.guide} aria-label="First run">
      {steps.map(([title, text], i) => (
        <li key={title} aria-current={i === now ? 'step' : undefined} data-done={i < now || undefined}>
          <span className={css.number} aria-hidden="true">{i < now ? '✓' : i + 1}</span>
          <div><b>{title}</b><p>{text}</p></div>
        </li>
      ))}
    </ol>
  );
}
